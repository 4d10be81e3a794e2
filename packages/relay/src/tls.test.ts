import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cert, key, otherCert, otherKey } from '../test/certificate.js';
import { connectUrl, listenUrl, open, roundTrip } from '../test/clients.js';
import type { RelayServer } from './relay-server.js';
import { startRelay } from './start-relay.js';

let relay: RelayServer;
const anyCertificate = { rejectUnauthorized: false };

beforeAll(async () => {
  relay = await startRelay({
    hybridConnections: ['sql'],
    listen: { tls: { cert, key } },
    limits: { handshakes: 20 },
    timeouts: { handshakeMs: 300, acceptMs: 300 },
  });
});
afterAll(() => relay.close());

function secure(options: tls.ConnectionOptions): tls.TLSSocket {
  const { hostname, port } = new URL(relay.url);
  const socket = tls.connect({ host: hostname, port: Number(port), ...anyCertificate, ...options });
  socket.on('error', () => undefined);
  return socket;
}

describe('a relay with TLS', () => {
  it('joins a sender and a listener, and hands out addresses with TLS', async () => {
    expect(relay.url).toMatch(/^wss:/);
    const control = await open(listenUrl(relay, 'sql'), anyCertificate);
    const addresses: string[] = [];
    control.on('message', async (text) => {
      const { address } = JSON.parse(String(text)).accept;
      addresses.push(address);
      const tunnel = await open(address, anyCertificate);
      tunnel.on('message', (data, binary) => tunnel.send(data, { binary }));
    });
    const sender = await open(connectUrl(relay, 'sql'), anyCertificate);
    await roundTrip(sender);
    await roundTrip(sender, 'x'.repeat(1_000_000));
    expect(addresses[0]).toMatch(`${relay.url}/$hc/sql?`);
  });

  it.each([
    ['TLSv1.3', 'TLS_AES_128_GCM_SHA256'],
    ['TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ] as const)('prefers AES-128-GCM, with %s', async (version, cipher) => {
    const socket = secure({ minVersion: version, maxVersion: version });
    await once(socket, 'secureConnect');
    expect(socket.getCipher().name).toBe(cipher);
    socket.destroy();
  });

  it('shows another certificate to those who come, and nothing to those who are there', async () => {
    const shown = async () => {
      const socket = secure({});
      await once(socket, 'secureConnect');
      const { CN } = socket.getPeerCertificate().subject;
      const cipher = socket.getCipher().name;
      socket.destroy();
      return { CN, cipher };
    };
    const control = await open(listenUrl(relay, 'sql'), anyCertificate);
    const cipher = 'TLS_AES_128_GCM_SHA256';
    expect(await shown()).toEqual({ CN: 'localhost', cipher });
    const facts = relay.setCertificate({ cert: otherCert, key: otherKey });
    expect(facts.names).toEqual(['other.example', 'localhost']);
    expect(await shown()).toEqual({ CN: 'other.example', cipher });
    expect(() => relay.setCertificate({ cert, key: otherKey })).toThrow('key is not that of cert');
    expect(await shown()).toEqual({ CN: 'other.example', cipher });
    relay.setCertificate({ cert, key });
    expect(control.readyState).toBe(control.OPEN);
    control.terminate();
  });

  it('takes nothing older than TLS 1.2', async () => {
    // Security level 0, so that the client would.
    const socket = secure({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    const failed = new Promise((resolve) => socket.once('close', resolve));
    let connected = false;
    socket.once('secureConnect', () => {
      connected = true;
    });
    await failed;
    expect(connected).toBe(false);
  });

  it('gives up on handshakes that stall, and lets others in meanwhile', async () => {
    const { hostname, port } = new URL(relay.url);
    // Twice as many as may be open at once: half of them are cut for the others.
    const stalled = Array.from({ length: 40 }, () =>
      net.connect(Number(port), hostname).on('error', () => undefined),
    );
    const gone = Promise.all(
      stalled.map((socket) => new Promise((resolve) => socket.once('close', resolve))),
    );
    for (const socket of stalled) socket.resume().write(Buffer.from('16030100a5', 'hex'));
    const socket = secure({});
    await once(socket, 'secureConnect');
    socket.destroy();
    await gone;
  });

  it('closes a connection that secures itself and then says nothing', async () => {
    const socket = secure({});
    socket.resume();
    await once(socket, 'secureConnect');
    await new Promise((resolve) => socket.once('close', resolve));
  });
});
