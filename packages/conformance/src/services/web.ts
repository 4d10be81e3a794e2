/**
 * An HTTP server in this process, and the same with TLS. It answers everything but `/wait`.
 * @module
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { serverCertificate } from '../certificates.js';
import type { RestartableService } from './service.js';

/** A running server. */
export interface WebService extends RestartableService {
  readonly servername: string;
  readonly ca: string;
}

/** Starts it. */
export async function startWeb(isSecure: boolean): Promise<WebService> {
  const servername = 'inside.example';
  const certificate = await serverCertificate([servername]);
  const answer: http.RequestListener = ({ url }, response) => {
    if (url !== '/wait') response.end('hello');
  };
  const listen = async (wanted: number) => {
    const server = isSecure ? https.createServer(certificate, answer) : http.createServer(answer);
    server.listen(wanted, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return {
    ...{ host: '127.0.0.1', port, servername, ca: certificate.ca },
    async restart() {
      await close();
      server = await listen(port);
    },
    stop: close,
  };
}
