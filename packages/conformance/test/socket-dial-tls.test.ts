/**
 * Dialling a relay over TLS: whom it trusts, and that the request, which may hold a token, goes to nobody else.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { acceptKey, type DialOptions, dial } from '@hybridge/socket';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ServerCertificate, serverCertificate } from '../src/certificates.js';

const RELAY = 'relay.test';
let certificate: ServerCertificate;
let server: tls.Server;
let port: number;
let received = '';
let names: (string | false | null)[] = [];

const sockets = new Set<net.Socket>();

const lookup: net.LookupFunction = (_, { all }, callback) => {
  if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

beforeAll(async () => {
  certificate = await serverCertificate([RELAY]);
});

async function serve(extra: tls.TlsOptions = {}): Promise<void> {
  const options = { key: certificate.key, cert: certificate.cert, ...extra };
  server = tls.createServer(options, (socket) => {
    names.push(socket.servername);
    socket.on('error', () => undefined);
    let request = '';
    socket.on('data', (chunk) => {
      request += chunk;
      received += chunk;
      if (!request.endsWith('\r\n\r\n')) return;
      const key = /^Sec-WebSocket-Key: (.*)\r$/m.exec(request)![1]!;
      socket.write(
        `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptKey(key)}\r\n\r\n`,
      );
    });
  });
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as net.AddressInfo).port;
}

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  received = '';
  names = [];
  await once(server.close(), 'close');
});

const upgrade = (host: string, settings: DialOptions = {}) =>
  dial(`wss://${host}:${port}/$hc/a`, { lookup, ...settings }).upgrade({ headers: { 'X-Token': 'secret' } });

describe('dialling a relay over TLS', () => {
  it('verifies it against an own authority, and names it', async () => {
    await serve();
    const { channel } = await upgrade(RELAY, { tls: { ca: certificate.ca } });
    const socket = channel.socket as tls.TLSSocket;
    expect(socket.authorized).toBe(true);
    expect(names).toEqual([RELAY]);
    expect(received).toContain('X-Token: secret');
    channel.abort();
  });

  it('verifies an address as an address, and sends no name', async () => {
    await serve();
    const { channel } = await upgrade('127.0.0.1', { tls: { ca: certificate.ca } });
    expect(names).toEqual([false]);
    channel.abort();
  });

  it('takes another server name where it is given one', async () => {
    await serve();
    const { channel } = await upgrade('elsewhere.test', { tls: { ca: certificate.ca, servername: RELAY } });
    expect(names).toEqual([RELAY]);
    channel.abort();
  });

  it.each([
    ['whose authority it does not know', RELAY, {}, /CERT|SIGNATURE|LEAF|ISSUER/],
    ['that has another name', 'elsewhere.test', { ca: true }, /^ERR_TLS_CERT_ALTNAME_INVALID$/],
  ])('refuses one %s, and tells it nothing', async (_, host, { ca }: { ca?: boolean }, code) => {
    await serve();
    await expect(upgrade(host, { tls: ca ? { ca: certificate.ca } : {} })).rejects.toMatchObject({
      code: expect.stringMatching(code),
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(received).toBe('');
  });

  it('does not refuse it when it is told not to', async () => {
    await serve();
    const { channel } = await upgrade('elsewhere.test', { tls: { rejectUnauthorized: false } });
    channel.abort();
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('speaks %s', async (version) => {
    await serve({ maxVersion: version });
    const { channel } = await upgrade(RELAY, { tls: { ca: certificate.ca } });
    expect((channel.socket as tls.TLSSocket).getProtocol()).toBe(version);
    channel.abort();
  });

  it('prefers AES-128-GCM where the relay leaves it the choice', async () => {
    await serve({ honorCipherOrder: false });
    const { channel } = await upgrade(RELAY, { tls: { ca: certificate.ca } });
    expect((channel.socket as tls.TLSSocket).getCipher().name).toBe('TLS_AES_128_GCM_SHA256');
    channel.abort();
  });

  it('does not speak anything older than TLS 1.2', async () => {
    await serve({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    await expect(upgrade(RELAY, { tls: { ca: certificate.ca } })).rejects.toMatchObject({
      code: expect.stringMatching(/SSL|ECONNRESET/),
    });
    expect(received).toBe('');
  });

  it('insists on TLS 1.3 when it is asked to', async () => {
    await serve({ maxVersion: 'TLSv1.2' });
    await expect(
      upgrade(RELAY, { tls: { ca: certificate.ca, minVersion: 'TLSv1.3' } }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/SSL/),
    });
  });

  it('shows a client certificate', async () => {
    const client = await serverCertificate(['client.test']);
    await serve({ requestCert: true, rejectUnauthorized: true, ca: client.ca });
    const { channel } = await upgrade(RELAY, {
      tls: { ca: certificate.ca, cert: client.cert, key: client.key },
    });
    channel.abort();
  });

  it('carries data both ways', async () => {
    await serve();
    const { channel } = await upgrade(RELAY, { tls: { ca: certificate.ca } });
    const sent = new Promise<Error | null | undefined>((resolve) =>
      channel.send(Buffer.from('ping'), resolve),
    );
    channel.start();
    expect(await sent).toBeFalsy();
    channel.abort();
  });

  it('gives up on a server that does not finish the handshake', async () => {
    await serve();
    const mute = net.createServer((socket) => void sockets.add(socket.on('error', () => undefined)));
    await once(mute.listen(0, '127.0.0.1'), 'listening');
    const { port: mutePort } = mute.address() as net.AddressInfo;
    const dialling = dial(`wss://${RELAY}:${mutePort}/`, { lookup, timeoutMs: 60 });
    await expect(dialling.upgrade()).rejects.toMatchObject({ code: 'ERR_RELAY_TIMEOUT' });
    mute.close();
  });
});
