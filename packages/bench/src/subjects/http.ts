/**
 * Ways for HTTP requests: through a relay to a listener that answers by itself, and reverse proxies before a plain server.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { freePort } from '@hybridge/conformance';
import { audienceOf, createToken, formatConnectionString } from '@hybridge/sas';
import { findProgram, Program } from '../program.js';
import { Scratch } from '../scratch.js';
import { type Script, startScript } from '../script.js';
import { commandLine, findNginx, preamble } from './nginx.js';
import type { Presence, Subject, Way } from './subject.js';

/** A way for requests. Its middle hop is what stands between the client and the service. */
export interface HttpWay extends Way {
  /** A request as bytes. */
  request(method: 'GET' | 'POST', body: string): Buffer;
}

/** The yardstick: a reverse proxy of `node:http`. */
export const nodeProxy: Subject<HttpWay> = {
  ...describe(
    'node-http',
    'node:http proxy',
    'a reverse proxy of `node:http`, connections to the service kept',
  ),
  find: async () => ({ version: `Node ${process.versions.node}` }),
  start: async () => {
    const target = await startScript('http-target', []);
    const proxy = await startScript('http-proxy', [String(target.port)]);
    return wayThrough([proxy, target], proxy.port, [proxy.pid], [target.pid]);
  },
};

/** A listener that answers by itself. */
export const relayedHttp: Subject<HttpWay> = {
  ...describe('hybridge-http', 'hybridge', 'relay and a listener that answers by itself'),
  ours: true,
  find: async () => ({ version: `Node ${process.versions.node}` }),
  start: async () => {
    const key = randomBytes(32).toString('base64');
    const relay = await startScript('relay', [key]);
    const endpoint = new URL(`http://127.0.0.1:${relay.port}`);
    const credentials = { sharedAccessKeyName: 'bench', sharedAccessKey: key };
    const listener = await startScript('http-listener', [
      formatConnectionString({ endpoint, entityPath: 'web', ...credentials }),
    ]);
    const token = createToken({ resource: audienceOf(endpoint, 'web'), keyName: 'bench', key });
    const headers = `ServiceBusAuthorization: ${token}\r\n`;
    return wayThrough([relay, listener], relay.port, [relay.pid], [listener.pid], headers);
  },
};

/** nginx as a reverse proxy before the same service. */
export const nginxProxy: Subject<HttpWay> = {
  ...describe(
    'nginx-http',
    'nginx proxy',
    'nginx as reverse proxy, one worker, 64 connections to the service kept',
  ),
  find: async (): Promise<Presence> => (findProgram('nginx') ? findNginx() : { absent: 'install nginx' }),
  start: async () => {
    const target = await startScript('http-target', []);
    const scratch = new Scratch();
    const port = await freePort();
    const place = { name: 'middle', scratch } as const;
    const text = `${preamble(place)}${httpBlock(port, target.port, scratch.path)}`;
    const proxy = new Program(findProgram('nginx')!, commandLine(place, text));
    await proxy.listening(port);
    const cleanUp = { stop: () => scratch.remove() };
    return wayThrough([target, proxy, cleanUp], port, proxy.pids, [target.pid]);
  },
};

function httpBlock(port: number, target: number, folder: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((what) => `  ${what}_temp_path ${folder}/${what};\n`)
    .join('');
  return `http {
  access_log off;
${temporary}  keepalive_requests 1000000;
  upstream service { server 127.0.0.1:${target}; keepalive 64; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;
}

function describe(id: string, name: string, about: string) {
  return { id, name, about, encrypted: false, ours: false, stretches: false };
}

function wayThrough(
  parts: readonly Pick<Script, 'stop'>[] | readonly { stop(): unknown }[],
  port: number,
  middle: readonly number[],
  last: readonly number[],
  headers = '',
): HttpWay {
  return {
    port,
    hops: [[], middle, last],
    stop: async () => {
      for (const part of parts) await part.stop();
    },
    request: (method, body) => {
      const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
      return Buffer.from(
        `${method} /web/orders HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headers}${length}\r\n${body}`,
      );
    },
  };
}
