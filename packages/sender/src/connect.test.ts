import { once } from 'node:events';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { RelayError } from '@hybridge/protocol';
import { generateKey } from '@hybridge/sas';
import type { HybridConnectionSocket } from '@hybridge/socket';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeRelay } from '../test/fake-relay.js';
import { connect } from './connect.js';
import type { SenderOptions } from './options.js';

const key = generateKey();
let relay: FakeRelay;
let connectionString: string;
let sockets: HybridConnectionSocket[];

beforeEach(async () => {
  relay = await new FakeRelay().start();
  connectionString = `Endpoint=${relay.url};SharedAccessKeyName=send;SharedAccessKey=${key};EntityPath=sql`;
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await relay.stop();
});

function connected(options?: SenderOptions): HybridConnectionSocket {
  const socket = connect({ ...(options?.endpoint === undefined ? { connectionString } : {}), ...options });
  sockets.push(socket);
  return socket;
}

async function failureOf(socket: HybridConnectionSocket): Promise<NodeJS.ErrnoException> {
  const [error] = (await Promise.race([
    once(socket, 'connect').then(() => [new Error('it did connect')]),
    new Promise((resolve) => socket.once('error', (cause) => resolve([cause]))),
  ])) as [NodeJS.ErrnoException];
  return error;
}

describe('connect()', () => {
  it('gives a socket at once, and what is written before it is open arrives', async () => {
    const socket = connect(connectionString);
    sockets.push(socket);
    expect(socket.readyState).toBe('opening');
    socket.end('to the listener and back');
    expect(await text(socket)).toBe('to the listener and back');
  });

  it('shows the relay a token in a header, and none in the address', async () => {
    await once(connected(), 'connect');
    const [sender] = relay.received;
    expect(sender?.headers.servicebusauthorization).toMatch(
      /^SharedAccessSignature sr=http%3A%2F%2F127\.0\.0\.1%2Fsql%2F&/,
    );
    expect(`${sender?.url.pathname}${sender?.url.search}`).toMatch(
      /^\/\$hc\/sql\?sb-hc-action=connect&sb-hc-id=[0-9a-f-]{36}$/,
    );
  });

  it('passes on what the listener is to read', async () => {
    await once(
      connected({
        suffix: '/tenants/7',
        query: '?color=red',
        headers: { 'X-App': '1' },
        protocols: ['chat', 'v2'],
      }),
      'connect',
    );
    const [sender] = relay.received;
    expect(`${sender?.url.pathname}${sender?.url.search}`).toContain(
      '/$hc/sql/tenants/7?color=red&sb-hc-action',
    );
    expect(sender?.headers).toMatchObject({ 'x-app': '1', 'sec-websocket-protocol': 'chat, v2' });
  });

  it('needs no credential where the hybrid connection needs none', async () => {
    await once(connected({ endpoint: relay.url, entityPath: 'sql' }), 'connect');
    expect(relay.received[0]?.headers.servicebusauthorization).toBeUndefined();
  });

  it('asks a token provider each time', async () => {
    const getToken = vi.fn(async () => ({ token: 'of the provider', expiresAt: new Date(0) }));
    const options = { endpoint: relay.url, entityPath: 'sql', tokenProvider: { getToken } };
    await Promise.all([once(connected(options), 'connect'), once(connected(options), 'connect')]);
    expect(getToken.mock.calls).toEqual([['http://127.0.0.1/sql/'], ['http://127.0.0.1/sql/']]);
    expect(relay.received[1]?.headers.servicebusauthorization).toBe('of the provider');
  });
});

describe('a socket that does not connect', () => {
  it.each([
    [
      404,
      'There are no listeners connected for the endpoint. TrackingId:abc_G1',
      'ECONNREFUSED',
      'ERR_RELAY_NO_LISTENER',
    ],
    [404, 'Endpoint does not exist. TrackingId:abc_G1', 'ENOTFOUND', 'ERR_RELAY_ENDPOINT_NOT_FOUND'],
    [
      401,
      'InvalidSignature: The token has an invalid signature. TrackingId:abc_G1',
      'EACCES',
      'ERR_RELAY_UNAUTHORIZED',
    ],
    [403, 'Send claim is missing. TrackingId:abc_G1', 'EACCES', 'ERR_RELAY_FORBIDDEN'],
    [504, 'None of the connected listeners accepted. TrackingId:abc_G1', 'ETIMEDOUT', 'ERR_RELAY_TIMEOUT'],
    [400, 'Rejected by user code TrackingId:abc_G1', 'ECONNREFUSED', 'ERR_RELAY_REJECTED'],
    [502, 'ECONNREFUSED: the target refused the connection', 'ECONNREFUSED', 'ERR_RELAY_TARGET'],
    [502, 'ENOTFOUND: the name of the target is not known', 'ENOTFOUND', 'ERR_RELAY_TARGET'],
    [504, 'ETIMEDOUT: the target did not answer in time', 'ETIMEDOUT', 'ERR_RELAY_TARGET'],
  ])('because of %i %s says so with %s', async (status, reason, code, relayCode) => {
    relay.answer = { status, reason };
    const error = await failureOf(connected());
    expect(error).toMatchObject({ code, syscall: 'connect', cause: { code: relayCode, status } });
    expect(error.message).toContain('hybrid connection sql on 127.0.0.1:');
    if (reason.includes('TrackingId')) {
      expect(error).toMatchObject({ cause: { trackingId: 'abc_G1' } });
      expect(error.message).toContain('TrackingId:abc_G1');
    }
    expect(error.message).not.toContain(key);
  });

  it('because nobody answers fails in time', async () => {
    relay.answer = 'silence';
    expect(await failureOf(connected({ connectTimeoutMs: 50 }))).toMatchObject({ code: 'ETIMEDOUT' });
  });

  it('because no token comes fails in time, and leaves no connection', async () => {
    const tokenProvider = { getToken: () => new Promise<never>(() => {}) };
    const options = { endpoint: relay.url, entityPath: 'sql', tokenProvider, connectTimeoutMs: 50 };
    expect(await failureOf(connected(options))).toMatchObject({ code: 'ETIMEDOUT' });
    await expect.poll(() => relay.connections).toBe(0);
  });

  it('because the token provider fails keeps its error', async () => {
    const cause = new Error('the vault is closed');
    const tokenProvider = { getToken: () => Promise.reject(cause) };
    const error = await failureOf(connected({ endpoint: relay.url, entityPath: 'sql', tokenProvider }));
    expect(error).toMatchObject({ code: 'EACCES', cause: { code: 'ERR_RELAY_UNAUTHORIZED', cause } });
  });

  it('because there is no relay keeps the code of Node and names the relay', async () => {
    const { host } = new URL(relay.url);
    await relay.stop();
    const error = await failureOf(connected());
    expect(error).toMatchObject({ code: 'ECONNREFUSED', cause: { syscall: 'connect' } });
    expect(error.cause).not.toBeInstanceOf(RelayError);
    expect(error.message).toContain(`on ${host}: the relay cannot be reached`);
    await relay.start();
  });

  it('because the name of the relay is not known says so', async () => {
    const lookup: net.LookupFunction = (hostname, _options, done) => {
      done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), '', 4);
    };
    const options = { endpoint: 'sb://relay.invalid', entityPath: 'sql', lookup };
    expect(await failureOf(connected(options))).toMatchObject({
      code: 'ENOTFOUND',
      message: expect.stringContaining('getaddrinfo ENOTFOUND relay.invalid'),
    });
  });

  it('because something else answers there says so', async () => {
    const server = net.createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as net.AddressInfo;
    const options = { endpoint: `ws://127.0.0.1:${port}`, entityPath: 'sql' };
    expect(await failureOf(connected(options))).toMatchObject({
      code: 'ECONNRESET',
      cause: { code: expect.stringMatching(/^ERR_RELAY_(PROTOCOL|CUT)$/) },
    });
    server.close();
  });
});

describe('a socket that is connected', () => {
  it('and cut ends in a reset', async () => {
    relay.answer = { accept: 'cut' };
    const socket = connected();
    socket.resume();
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET', cause: { code: 'ERR_RELAY_CUT' } });
  });
});

describe('an abort signal', () => {
  it('that is aborted already keeps the relay from being dialled', async () => {
    const error = await failureOf(connected({ signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    expect(relay.received).toEqual([]);
  });

  it('ends an attempt, and leaves no connection', async () => {
    relay.answer = 'silence';
    const abort = new AbortController();
    const socket = connected({ signal: abort.signal });
    const error = failureOf(socket);
    await expect.poll(() => relay.received).toHaveLength(1);
    abort.abort();
    expect(await error).toMatchObject({ name: 'AbortError' });
    await expect.poll(() => relay.connections).toBe(0);
  });

  it('ends a connection', async () => {
    const abort = new AbortController();
    const socket = connected({ signal: abort.signal });
    await once(socket, 'connect');
    const error = new Promise((resolve) => socket.once('error', resolve));
    abort.abort();
    expect(await error).toMatchObject({ name: 'AbortError' });
  });

  it('of a socket destroyed while a token is awaited lets go of everything', async () => {
    const tokenProvider = { getToken: () => new Promise<never>(() => {}) };
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    const socket = connected({ endpoint: relay.url, entityPath: 'sql', tokenProvider });
    await new Promise(setImmediate);
    expect(timers()).toBeGreaterThan(before);
    socket.destroy();
    await once(socket, 'close');
    expect(timers()).toBe(before);
  });
});

describe("a sender's options", () => {
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /connection string/],
    ['no hybrid connection', 'Endpoint=sb://relay.example.net', /name the hybrid connection/],
    ['a time that is none', { connectTimeoutMs: Number.NaN }, /connectTimeoutMs/],
    ['a suffix that leads elsewhere', { suffix: '../other' }, /suffix/],
    ["a parameter of the relay's own", { query: 'sb-hc-token=x' }, /sb-hc-/],
    ['a kind of socket that is none', { socket: 'raw' }, /'native' or left out/],
    [
      'a header that is a credential',
      { headers: { ServiceBusAuthorization: 'x' } },
      /ServiceBusAuthorization/,
    ],
    ['a header that is two', { headers: { 'X-App': '1\r\nX-Other: 2' } }, /X-App/],
    ['a header without a name', { headers: { '': '1' } }, /name/i],
    ['a subprotocol that is none', { protocols: ['a b'] }, /protocols\[0\]/],
    ['a subprotocol twice', { protocols: ['a', 'a'] }, /twice/],
  ])('are refused at once with %s', (_what, given, why) => {
    const options = typeof given === 'object' ? { connectionString, ...given } : (given as string);
    expect(() => connect(options)).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT', message: expect.stringMatching(why) }),
    );
  });

  it('can hold a time limit in the connection string', async () => {
    relay.answer = 'silence';
    connectionString += ';OperationTimeout=00:00:00.050';
    expect(await failureOf(connected())).toMatchObject({ code: 'ETIMEDOUT' });
  });
});
