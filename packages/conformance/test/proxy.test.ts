/**
 * Behind a corporate network: the whole way, with a proxy that asks for a password, one that cuts what is idle, and one
 * that looks into TLS, between the relay and everybody else.
 * @module
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { HybridConnectionListener, type ListenerOptions } from '@hybridge/listener';
import { HybridConnectionManager, managerConfig } from '@hybridge/manager';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { connect, isRelayError, request, type SenderOptions } from '@hybridge/sender';
import type { TransportOptions } from '@hybridge/socket';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ServerCertificate, serverCertificate } from '../src/certificates.js';
import { CorporateProxy, type CorporateProxyOptions } from '../src/corporate-proxy.js';
import { until } from '../src/deadline.js';
import { HybridgeProcess, requireBuild } from '../src/processes.js';
import { startPglite } from '../src/services/pglite.js';
import { freePort } from '../src/services/server-process.js';
import type { Service } from '../src/services/service.js';
import { findTinyproxy, type ProxyService, startTinyproxy } from '../src/services/tinyproxy.js';
import { TargetServer } from '../src/target-server.js';
import { received } from '../src/traffic.js';

requireBuild();
const tinyproxy = findTinyproxy();

/** Nobody's resolver knows it, but the proxy does. */
const RELAY = 'relay.test';
let certificate: ServerCertificate;
let gateway: ServerCertificate;
let relay: RelayServer;
let listen: string;
let send: string;
/** Ended after each test, the last one first. */
const running: (() => unknown)[] = [];

beforeAll(async () => {
  certificate = await serverCertificate([RELAY]);
  gateway = await serverCertificate([RELAY], 'CN=Gateway CA, O=Example Corp');
  relay = await startRelay({
    listen: { tls: { cert: certificate.cert, key: certificate.key } },
    namespaces: [{ name: RELAY, hybridConnections: [{ name: 'db' }] }],
  });
  listen = relay.connectionString('db', 'defaultListener');
  send = relay.connectionString('db', 'defaultSender');
});
afterAll(() => relay.close());
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

async function proxied(options?: CorporateProxyOptions): Promise<CorporateProxy> {
  const proxy = await CorporateProxy.start(options);
  running.push(() => proxy.stop());
  return proxy;
}

const trusting = () => ({ tls: { ca: certificate.ca } });

async function listening(options: ListenerOptions): Promise<HybridConnectionListener> {
  const listener = new HybridConnectionListener({ connectionString: listen, ...trusting(), ...options });
  running.push(() => listener.close({ graceMs: 0 }));
  listener.on('connection', (socket) => socket.on('error', () => undefined).pipe(socket));
  await listener.listen();
  return listener;
}

function connected(options: SenderOptions) {
  const socket = connect({ connectionString: send, ...trusting(), ...options });
  running.push(() => socket.destroy());
  socket.on('error', () => undefined);
  return socket;
}

async function failure(options: SenderOptions): Promise<Error & { code: string; cause: Error }> {
  const socket = connected(options);
  const [error] = await Promise.race([
    once(socket, 'connect').then(() => [new Error('It connected')]),
    new Promise<[Error]>((resolve) => socket.once('error', (reason) => resolve([reason]))),
  ]);
  return error as Error & { code: string; cause: Error };
}

async function echoed(socket: ReturnType<typeof connect>, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = await once(socket, 'data');
  return String(bytes);
}

describe.skipIf(tinyproxy.missing)('behind tinyproxy, which asks for a password', () => {
  let service: Service;
  let proxy: ProxyService;
  /** tinyproxy asks the machine's resolver, which knows an address. */
  const atAddress = (connectionString: string) => connectionString.replace(RELAY, '127.0.0.1');
  const relayPort = () => Number(new URL(relay.url).port);

  beforeAll(async () => {
    service = await startPglite();
    proxy = await startTinyproxy(tinyproxy.programs!, { ports: [relayPort()] });
  });
  afterAll(async () => {
    await proxy?.stop();
    await service?.stop();
  });

  async function managed(transport: TransportOptions): Promise<HybridConnectionManager> {
    const connections = [
      { connectionString: atAddress(listen), endpoint: `127.0.0.1:${service.port}`, name: 'db' },
    ];
    const manager = new HybridConnectionManager({ ...managerConfig({ connections }), transport });
    running.push(() => manager.stop({ graceMs: 0 }));
    manager.start();
    await manager.settled({ timeoutMs: 10_000 });
    return manager;
  }

  it('a query of pg reaches its database, both ends behind the proxy', async () => {
    const manager = await managed({ proxy: proxy.url, ...trusting() });
    expect(manager.status()[0]?.state.name).toBe('online');
    const client = new pg.Client({
      stream: () => connected({ connectionString: atAddress(send), proxy: proxy.url }) as never,
      user: service.user,
      database: service.database,
    });
    await client.connect();
    const { rows } = await client.query('select $1::text as word, length($2) as length', [
      'through',
      'x'.repeat(300_000),
    ]);
    expect(rows).toEqual([{ word: 'through', length: 300_000 }]);
    await client.end();
  });

  it.each([
    ['no password', '', 'wants credentials: give them in its URL'],
    ['another password', 'jane:an0ther@', 'does not accept the credentials in its URL'],
  ])('a sender with %s is told so: EACCES', async (_, credentials, words) => {
    const url = `http://${credentials}${proxy.host}`;
    const error = await failure({ connectionString: atAddress(send), proxy: url });
    expect(error).toMatchObject({
      code: 'EACCES',
      message: expect.stringContaining(`The proxy ${proxy.host} ${words}`),
      cause: { code: 'ERR_RELAY_PROXY' },
    });
    expect(`${error.message}${error.cause.message}`).not.toContain('an0ther');
  });

  it('a manager with another password is refused, and says by whom', async () => {
    const manager = await managed({ proxy: `http://jane:an0ther@${proxy.host}`, ...trusting() });
    expect(manager.status()[0]?.state).toMatchObject({
      name: 'refused',
      because: {
        code: 'ERR_RELAY_PROXY',
        message: expect.stringContaining('does not accept the credentials in its URL'),
      },
    });
  });

  it('a port that the proxy does not allow is a refused connection', async () => {
    const elsewhere = await freePort();
    const connectionString = atAddress(send).replace(`:${relayPort()}`, `:${elsewhere}`);
    expect(await failure({ connectionString, proxy: proxy.url })).toMatchObject({
      code: 'ECONNREFUSED',
      message: expect.stringMatching(/The proxy .* refused the connection to 127\.0\.0\.1:\d+ \(403 /),
      cause: { status: 403 },
    });
  });

  it('an idle tunnel outlives the cut at one second when it pings at half of that', async () => {
    const impatient = await startTinyproxy(tinyproxy.programs!, { idleSeconds: 1 });
    running.push(() => impatient.stop());
    const way = { proxy: impatient.url, keepAliveIntervalMs: 500 };
    const listener = await listening({ connectionString: atAddress(listen), ...way });
    let losses = 0;
    listener.on('offline', () => {
      losses += 1;
    });
    const socket = connected({ connectionString: atAddress(send), ...way });
    expect(await echoed(socket, 'before')).toBe('before');
    await sleep(2_500);
    expect(await echoed(socket, 'after')).toBe('after');
    expect(losses).toBe(0);
  });
});

describe('behind a proxy that cuts what is idle', () => {
  it('an idle control channel and an idle tunnel live on when pings come at half of that time', async () => {
    const proxy = await proxied({ idleMs: 1_500 });
    const way = { proxy: proxy.url, keepAliveIntervalMs: 750 };
    const listener = await listening(way);
    const states: string[] = [];
    listener.on('state', ({ name }) => states.push(name));
    const socket = connected(way);
    expect(await echoed(socket, 'before')).toBe('before');
    await sleep(3_500);
    expect(await echoed(socket, 'after')).toBe('after');
    expect(states).toEqual([]);
    expect(proxy.cuts).toBe(0);
  });

  it('without such pings the tunnel is cut, and that looks like a cut', async () => {
    const proxy = await proxied({ idleMs: 1_000 });
    await listening({ proxy: false, lookup: toLoopback });
    const socket = connected({ proxy: proxy.url });
    await once(socket, 'connect');
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(proxy.cuts).toBe(1);
  });

  it('a listener with default settings, which does not ping as often, is back at once', async () => {
    // A channel that was open for less than a second counts as part of the outage before it.
    const proxy = await proxied({ idleMs: 1_200 });
    const listener = await listening({ proxy: proxy.url });
    const waitsMs: number[] = [];
    listener.on('state', (state) => {
      if (state.name === 'waiting') waitsMs.push(state.retryAt.getTime() - Date.now());
    });
    await once(listener, 'offline');
    await once(listener, 'online');
    expect(waitsMs).toEqual([expect.any(Number)]);
    expect(waitsMs[0]).toBeLessThan(500);
    expect(proxy.cuts).toBe(1);
    expect(await echoed(connected({ proxy: proxy.url }), 'again')).toBe('again');
  });
});

describe('behind a proxy that is reached with TLS', () => {
  it('TLS to the relay goes inside of it, and the password to nobody who cannot be trusted', async () => {
    const own = await serverCertificate(['proxy.test'], 'CN=Proxy authority');
    const proxy = await proxied({ secure: own, credentials: 'jane:not-a-secret' });
    const both = { tls: { ca: [own.ca, certificate.ca] }, proxy: proxy.url };
    await listening(both);
    const socket = connected(both);
    expect(await echoed(socket, 'x'.repeat(5_000))).toContain('xxx');
    const asked = proxy.asked.length;
    const error = await failure({ proxy: proxy.url });
    expect(error.message).toContain(`The proxy 127.0.0.1:${proxy.port} cannot be reached: `);
    expect(error.message).toContain('issued by CN=Proxy authority');
    expect(proxy.asked).toHaveLength(asked);
  });
});

describe('behind a proxy that looks into TLS', () => {
  it('both ends say whose certificate they saw, and what to do', async () => {
    const proxy = await proxied({ inspects: gateway });
    const seen =
      /the certificate seen for relay\.test was issued by CN=Gateway CA, O=Example Corp\. If that is .* trust it/;
    const error = await failure({ proxy: proxy.url });
    expect(error).toMatchObject({
      code: expect.stringMatching(/CERT|SIGNATURE|ISSUER/),
      message: expect.stringMatching(seen),
      cause: { issuer: 'CN=Gateway CA, O=Example Corp' },
    });
    expect(isRelayError(error.cause)).toBe(false);

    const listener = new HybridConnectionListener({
      connectionString: listen,
      ...trusting(),
      proxy: proxy.url,
    });
    running.push(() => listener.close());
    listener.listen().catch(() => undefined);
    await until(() => listener.state.name === 'waiting', 20_000, 'the listener to wait');
    expect(listener.state).toMatchObject({
      because: { code: 'ERR_RELAY_CUT', message: expect.stringMatching(seen) },
    });
  });

  it('a certificate for another name is told from one of an unknown authority', async () => {
    const proxy = await proxied({ inspects: await serverCertificate(['elsewhere.test']) });
    const { ca } = await serverCertificate([]);
    expect(await failure({ proxy: proxy.url, tls: { ca } })).toMatchObject({
      message: expect.stringContaining('trust it'),
    });
    const own = await serverCertificate(['elsewhere.test']);
    const other = await proxied({ inspects: own });
    expect(await failure({ proxy: other.url, tls: { ca: own.ca } })).toMatchObject({
      code: 'ERR_TLS_CERT_ALTNAME_INVALID',
      message: expect.stringContaining('It is for another name: check the address'),
    });
  });

  it('HTTP requests go through it as well', async () => {
    const proxy = await proxied({ inspects: gateway, credentials: 'jane:not-a-secret' });
    const way = { proxy: proxy.url, tls: { ca: gateway.ca } };
    const listener = await listening(way);
    const body = 'x'.repeat(200_000);
    listener.on('request', (asked, answer) => asked.pipe(answer));
    const answer = await request({ connectionString: send, method: 'POST', body, ...way });
    expect(answer.status).toBe(200);
    expect(await text(answer.body)).toBe(body);
    await expect(request({ connectionString: send, proxy: proxy.url })).rejects.toMatchObject({
      message: expect.stringContaining('issued by CN=Gateway CA, O=Example Corp'),
    });
  });

  it('everything works once its authority is trusted', async () => {
    const proxy = await proxied({ inspects: gateway, credentials: 'jane:p%40ss' });
    const url = proxy.url.replace('p%40ss', 'p%2540ss');
    const way = { proxy: url, tls: { ca: gateway.ca } };
    await listening(way);
    expect(await echoed(connected(way), 'looked at')).toBe('looked at');
  });
});

describe('the commands behind a proxy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-proxy-'));
  let target: TargetServer;

  beforeAll(async () => {
    target = await TargetServer.start();
    target.serve = (socket) => socket.resume().end('from the target');
  });
  afterAll(() => {
    target.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };

  async function started(command: 'manager' | 'forward', args: string[], env: Record<string, string>) {
    const process = await HybridgeProcess.start(command, args, env);
    running.push(() => process.end('SIGKILL'));
    return process;
  }

  async function ends(args: string[], env: Record<string, string>) {
    const manager = await started('manager', ['--endpoint', `${target.host}:${target.port}`, ...args], {
      ...env,
      HYBRIDGE_CONNECTION_STRING: listen,
    });
    expect(manager.ready, manager.output).toMatchObject({ connections: [{ state: 'online' }] });
    const forward = await started('forward', ['--listen', '0', ...args], {
      ...env,
      HYBRIDGE_CONNECTION_STRING: send,
    });
    return { manager, forward, port: Number(String(forward.ready.listen).split(':').at(-1)) };
  }

  it('find it in the environment, and trust what NODE_EXTRA_CA_CERTS names', async () => {
    const proxy = await proxied({ credentials: 'jane:not-a-secret', inspects: gateway });
    const environment = { HTTPS_PROXY: proxy.url, NODE_EXTRA_CA_CERTS: file('gateway.pem', gateway.ca) };
    const { port, manager } = await ends([], environment);
    expect(await answer(port)).toBe('from the target');
    expect(new Set(proxy.asked)).toEqual(new Set([`${RELAY}:${new URL(relay.url).port}`]));
    expect(manager.output).not.toContain('not-a-secret');
  });

  it('take it by options, against the environment', async () => {
    const proxy = await proxied({ credentials: 'jane:not-a-secret' });
    const options = [
      ...['--proxy', `file:${file('proxy.txt', `${proxy.url}\n`)}`],
      ...['--ca', file('relay.pem', certificate.ca), '--keep-alive-interval-ms', '5000'],
    ];
    const { port } = await ends(options, { HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '*' });
    expect(await answer(port)).toBe('from the target');
  });

  it('warn of a password on the command line, and never log it', async () => {
    const proxy = await proxied({ credentials: 'jane:not-a-secret', inspects: gateway });
    const manager = await started(
      'manager',
      [
        ...['--endpoint', 'a:1', '--ready-timeout-ms', '3000', '--log-level', 'debug'],
        ...['--proxy', proxy.url.replace('not-a-secret', 'an0ther')],
      ],
      { HYBRIDGE_CONNECTION_STRING: listen },
    );
    expect(manager.ready).toMatchObject({ connections: [{ state: 'refused' }] });
    expect(manager.output).toContain('a password on the command line is visible');
    expect(manager.output).toContain('does not accept the credentials in its URL');
    expect(manager.output).not.toContain('an0ther');
  });

  it("trust the machine's own authorities when asked", async ({ skip }) => {
    skip(!('getCACertificates' in tls), 'this Node cannot read them; the next test is for it');
    const proxy = await proxied({ inspects: gateway });
    const environment = { HTTPS_PROXY: proxy.url, SSL_CERT_FILE: file('store.pem', gateway.ca) };
    const { port } = await ends(['--system-ca'], environment);
    expect(await answer(port)).toBe('from the target');
  });

  it("say that this Node cannot read the machine's own authorities", async ({ skip }) => {
    skip('getCACertificates' in tls, 'this Node can; the test before is for it');
    const attempt = HybridgeProcess.start('forward', ['--listen', '0', '--system-ca'], {
      HYBRIDGE_CONNECTION_STRING: send,
    });
    await expect(attempt).rejects.toThrow(
      /systemCa: systemCa needs Node 22\.15 or newer.*NODE_EXTRA_CA_CERTS/,
    );
  });
});

/** What whoever is behind a local port says. */
async function answer(port: number): Promise<string> {
  return String(await received(net.connect(port, '127.0.0.1')));
}

/** Knows every name, as the proxy does. */
const toLoopback: NonNullable<SenderOptions['lookup']> = (_, { all }, callback) => {
  if (all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
