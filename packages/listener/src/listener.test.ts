import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../test/manual-clock.js';
import { next, until, useSetting } from '../test/setting.js';
import { HybridConnectionListener } from './listener.js';
import type { ListenerState } from './state.js';

const HOUR = 3_600_000;
const setting = useSetting();

/** The names of the states that a listener goes through. */
function statesOf(listener: HybridConnectionListener): string[] {
  const names: string[] = [listener.state.name];
  listener.on('state', (state: ListenerState) => names.push(state.name));
  return names;
}

describe('a listener', () => {
  it('goes online, with its token in a header and not in the address', async () => {
    const listener = setting.listener();
    const states = statesOf(listener);
    await listener.listen();
    expect(states).toEqual(['idle', 'connecting', 'online']);
    const [listen] = setting.relay.listens;
    expect(`${listen?.url.pathname}${listen?.url.search}`).toBe(
      `/$hc/sql?sb-hc-action=listen&sb-hc-id=${listener.id}`,
    );
    expect(listen?.headers.servicebusauthorization).toMatch(
      /^SharedAccessSignature sr=http%3A%2F%2F127\.0\.0\.1%2Fsql%2F&/,
    );
    expect(listen?.headers['sec-websocket-extensions']).toBeUndefined();
  });

  it('says when it renews its token', async () => {
    const clock = new ManualClock();
    const expiresAt = new Date(clock.now() + HOUR);
    const tokenProvider = { getToken: () => ({ token: 'one', expiresAt }) };
    const listener = setting.listener({
      connectionString: `Endpoint=${setting.relay.url};EntityPath=sql`,
      tokenProvider,
      clock,
    });
    await listener.listen();
    expect(listener.state).toEqual({
      name: 'online',
      since: new Date(clock.now()),
      renewTokenAt: new Date(clock.now() + HOUR / 2),
    });
  });

  it('sends the next token on the open channel', async () => {
    const clock = new ManualClock();
    let count = 0;
    const tokenProvider = {
      getToken: () => {
        count += 1;
        return { token: `token ${count}`, expiresAt: new Date(clock.now() + HOUR) };
      },
    };
    const listener = setting.listener({
      connectionString: `Endpoint=${setting.relay.url};EntityPath=sql`,
      tokenProvider,
      clock,
      livenessTimeoutMs: 2 * HOUR,
    });
    await listener.listen();
    clock.advance(HOUR / 2);
    await until(() => setting.relay.said.length === 1);
    expect(setting.relay.said).toEqual(['{"renewToken":{"token":"token 2"}}']);
    expect(setting.relay.listens).toHaveLength(1);
  });

  it('can have an id that it had before', async () => {
    const id = '0F0E0D0C-0b0a-4908-8706-050403020100';
    const listener = setting.listener({ id });
    await listener.listen();
    expect(listener.id).toBe(id.toLowerCase());
    expect(setting.relay.listens[0]?.url.searchParams.get('sb-hc-id')).toBe(id.toLowerCase());
    expect(() => setting.listener({ id: 'me' })).toThrow('id must be a GUID');
  });

  it('does not wait for its next attempt when it is told that the network changed', async () => {
    const clock = new ManualClock();
    const listener = setting.listener({ clock, backoff: { firstMs: HOUR, earlyMs: HOUR } });
    setting.relay.refuseWith = { status: 503, reason: 'busy' };
    void listener.listen();
    await until(() => listener.state.name === 'waiting');
    setting.relay.refuseWith = undefined;
    const online = next(listener, 'online');
    listener.probe();
    await online;
  });

  it('listens once, however often it is told to', async () => {
    const listener = setting.listener();
    await Promise.all([listener.listen(), listener.listen()]);
    expect(setting.relay.listens).toHaveLength(1);
  });

  it('keeps the process alive unless told otherwise', async () => {
    const listener = setting.listener();
    await listener.listen();
    const alive = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const before = alive();
    listener.unref();
    expect(alive()).toBe(before - 1);
    listener.ref();
    expect(alive()).toBe(before);
  });

  it('shows an exception of an event listener to the process, and works on', async () => {
    const listener = setting.listener();
    const uncaught = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    try {
      listener.once('online', () => {
        throw new Error('of the application');
      });
      const shown = next(process, 'uncaughtException');
      await listener.listen();
      expect(await shown).toEqual(new Error('of the application'));
      expect(listener.state.name).toBe('online');
    } finally {
      for (const each of uncaught) process.on('uncaughtException', each);
    }
  });
});

describe('a listener that the relay refuses', () => {
  it.each([
    [
      401,
      'InvalidSignature: The token has an invalid signature. TrackingId:abc_G1',
      'ERR_RELAY_UNAUTHORIZED',
    ],
    [403, 'Forbidden: Listen claim is missing. TrackingId:abc_G1', 'ERR_RELAY_FORBIDDEN'],
    [404, 'Endpoint does not exist. TrackingId:abc_G1', 'ERR_RELAY_ENDPOINT_NOT_FOUND'],
  ])('with %i does not try again', async (status, reason, code) => {
    setting.relay.refuseWith = { status, reason };
    const listener = setting.listener();
    const because = expect.objectContaining({ code, status, trackingId: 'abc_G1' });
    await expect(listener.listen()).rejects.toEqual(because);
    expect(listener.state).toEqual({ name: 'closed', because });
    expect(setting.relay.listens).toHaveLength(1);
  });

  it('tells whoever waits for an error or for a connection', async () => {
    setting.relay.refuseWith = { status: 404, reason: 'Endpoint does not exist.' };
    const listener = setting.listener();
    const connection = listener[Symbol.asyncIterator]().next();
    const error = next(listener, 'error').catch((cause) => cause);
    // Nobody handles this promise: the event is enough.
    void listener.listen();
    const because = expect.objectContaining({ code: 'ERR_RELAY_ENDPOINT_NOT_FOUND' });
    expect(await error).toEqual(because);
    await expect(connection).rejects.toEqual(because);
  });

  it('reads the words from the body where the reason phrase has none', async () => {
    setting.relay.refuseWith = { status: 404, reason: 'Not Found', body: 'TrackingId:from-the-body' };
    await expect(setting.listener().listen()).rejects.toMatchObject({ trackingId: 'from-the-body' });
  });

  it('for now, tries again', async () => {
    setting.relay.refuseWith = { status: 503, reason: 'Too many listeners' };
    const listener = setting.listener();
    const listening = listener.listen();
    await until(() => setting.relay.listens.length >= 2);
    expect(listener.state).toMatchObject({ attempt: expect.any(Number) });
    setting.relay.refuseWith = undefined;
    await listening;
    expect(listener.state.name).toBe('online');
  });
});

describe('a listener whose relay is not there yet', () => {
  it('waits for it', async () => {
    await setting.relay.stop();
    const listener = setting.listener();
    const listening = listener.listen();
    expect(await next(listener, 'state')).toMatchObject({
      name: 'waiting',
      attempt: 1,
      because: { code: 'ERR_RELAY_CUT', cause: { code: 'ECONNREFUSED' } },
    });
    await setting.relay.start();
    await listening;
  });

  it('gives an attempt up that leads nowhere', async () => {
    const clock = new ManualClock();
    const tokenProvider = { getToken: () => new Promise<never>(() => {}) };
    const listener = setting.listener({
      connectionString: `Endpoint=${setting.relay.url};EntityPath=sql`,
      tokenProvider,
      clock,
    });
    listener.listen().catch(() => undefined);
    clock.advance(10_000);
    await until(() => listener.state.name === 'waiting');
    expect(listener.state).toMatchObject({ because: { code: 'ERR_RELAY_TIMEOUT' } });
  });

  it('asks a token provider that failed again', async () => {
    let count = 0;
    const tokenProvider = {
      getToken: async () => {
        count += 1;
        if (count === 1) throw new Error('the vault is closed');
        return { token: 'token', expiresAt: new Date(Date.now() + HOUR) };
      },
    };
    const listener = setting.listener({
      connectionString: `Endpoint=${setting.relay.url};EntityPath=sql`,
      tokenProvider,
    });
    const reasons: unknown[] = [];
    listener.on('state', (state) => state.name === 'waiting' && reasons.push(state.because));
    await listener.listen();
    expect(reasons).toEqual([
      expect.objectContaining({ code: 'ERR_RELAY_UNAUTHORIZED', cause: new Error('the vault is closed') }),
    ]);
  });
});

describe('a listener whose control channel drops', () => {
  it('is back within a second of the return of its relay', async () => {
    const listener = setting.listener();
    await listener.listen();
    const states = statesOf(listener);
    const waitsMs: number[] = [];
    listener.on('state', (state) => {
      if (state.name === 'waiting') waitsMs.push(state.retryAt.getTime() - Date.now());
    });
    const offline = next(listener, 'offline');
    await setting.relay.stop();
    expect(await offline).toMatchObject({ code: 'ERR_RELAY_CUT', closeCode: 1006 });
    await until(() => listener.state.name === 'waiting');
    const online = next(listener, 'online');
    await setting.relay.start();
    await online;
    expect(Math.max(...waitsMs)).toBeLessThan(1_000);
    expect(states.slice(0, 3)).toEqual(['online', 'waiting', 'connecting']);
  });

  it('comes back under the same id', async () => {
    const listener = setting.listener();
    await listener.listen();
    setting.relay.control.terminate();
    await next(listener, 'offline');
    await next(listener, 'online');
    const ids = setting.relay.listens.map(({ url }) => url.searchParams.get('sb-hc-id'));
    expect(ids).toEqual([listener.id, listener.id]);
  });

  it.each([
    [1001, 'entity deleted', 'ERR_RELAY_CLOSED'],
    [1008, 'token expired. TrackingId:abc', 'ERR_RELAY_UNAUTHORIZED'],
    [1011, 'NameRenewalFailed', 'ERR_RELAY_CLOSED'],
  ])('with %i says why, and comes back', async (closeCode, reason, code) => {
    const listener = setting.listener();
    await listener.listen();
    const offline = next(listener, 'offline');
    setting.relay.control.close(closeCode, reason);
    expect(await offline).toMatchObject({ code, closeCode, message: expect.stringContaining(reason) });
    await next(listener, 'online');
  });

  it('with a Close and keeps the connection is not believed for long', async () => {
    const listener = setting.listener();
    await listener.listen();
    const { _socket: socket } = setting.relay.control as unknown as { readonly _socket: Socket };
    socket.removeAllListeners('data').removeAllListeners('end');
    const answered = next(socket, 'data');
    const offline = next(listener, 'offline');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    socket.write(Buffer.of(0x88, 2, 0x03, 0xf3));
    await answered;
    vi.advanceTimersByTime(2_000);
    vi.useRealTimers();
    expect(await offline).toMatchObject({ code: 'ERR_RELAY_CLOSED', closeCode: 1011 });
  });

  it('goes on although the relay then refuses it, at a slow pace', async () => {
    const clock = new ManualClock();
    const listener = setting.listener({ clock });
    await listener.listen();
    clock.advance(2_000);
    setting.relay.refuseWith = { status: 401, reason: 'InvalidSignature' };
    setting.relay.control.terminate();
    await next(listener, 'offline');
    clock.advance(100);
    await until(() => setting.relay.listens.length === 2);
    await until(() => listener.state.name === 'waiting');
    expect(listener.state).toMatchObject({ retryAt: new Date(clock.now() + 7_500) });
    setting.relay.refuseWith = undefined;
    clock.advance(7_500);
    await next(listener, 'online');
  });

  it('slows down when the relay takes it on only to drop it', async () => {
    const clock = new ManualClock();
    clock.chance = 0.999;
    const listener = setting.listener({ clock });
    const delays: number[] = [];
    listener.on('state', (state) => {
      if (state.name === 'online') setImmediate(() => setting.relay.control.terminate());
      if (state.name !== 'waiting') return;
      const delayMs = state.retryAt.getTime() - clock.now();
      delays.push(Math.round(delayMs / 10) * 10);
      setImmediate(() => clock.advance(delayMs + 1));
    });
    await listener.listen();
    await until(() => delays.length >= 4);
    expect(delays.slice(0, 4)).toEqual([200, 400, 500, 500]);
  });

  it('without a word notices, and comes back', async () => {
    setting.relay.answersPings = false;
    const listener = setting.listener({ keepAliveIntervalMs: 50, livenessTimeoutMs: 500 });
    await listener.listen();
    setting.relay.answersPings = true;
    expect(await next(listener, 'offline')).toMatchObject({
      code: 'ERR_RELAY_CUT',
      message: expect.stringContaining('Nothing was heard'),
    });
    await next(listener, 'online');
    await new Promise((resolve) => setTimeout(resolve, 750));
    expect(listener.state.name).toBe('online');
  });
});

describe('a listener that hears something odd on its control channel', () => {
  it.each([
    ['text that is not JSON', 'garbage'],
    ['a message of a kind that only newer relays send', '{"drain":{}}'],
    ['an announcement of the wrong shape', '{"accept":{"id":1}}'],
    ['an address that cannot be dialled', '{"accept":{"id":"1","address":"https://relay.example.net/"}}'],
    ['an address that is none of a relay', '{"accept":{"id":"1","address":"ws://127.0.0.1:1/elsewhere"}}'],
    ['a message that is too large', `{"drain":"${'x'.repeat(70_000)}"}`],
  ])('such as %s warns, and works on', async (_what, text) => {
    const listener = setting.listener();
    await listener.listen();
    const warning = next(listener, 'warning');
    setting.relay.say(text);
    expect(await warning).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
    const connection = next(listener, 'connection');
    void setting.relay.announce();
    await connection;
    expect(setting.relay.listens).toHaveLength(1);
  });

  it.each([
    ['a binary message out of turn', false, 'binary message where none was due'],
    ['a request whose body does not follow', true, 'request without its body'],
  ])('such as %s warns', async (_what, isRequest, words) => {
    const listener = setting.listener();
    await listener.listen();
    const address = `${setting.relay.url}/$hc/sql?sb-hc-action=request`;
    const request = {
      address,
      id: '1',
      requestTarget: '/sql',
      method: 'POST',
      requestHeaders: {},
      body: true,
    };
    if (isRequest) {
      setting.relay.say({ request });
      setting.relay.say({ drain: {} });
    } else setting.relay.control.send(Buffer.from('a stray one'));
    await until(() => setting.warnings.length > 0);
    expect(setting.warnings[0]).toMatchObject({
      code: 'ERR_RELAY_PROTOCOL',
      message: expect.stringContaining(words),
    });
  });

  it('such as an HTTP request that cannot be fetched warns', async () => {
    const listener = setting.listener();
    await listener.listen();
    setting.relay.say({ request: { address: 'ws://127.0.0.1:1/$hc/sql?sb-hc-action=request' } });
    await until(() => setting.warnings.length > 0);
    expect(setting.warnings[0]).toMatchObject({ message: expect.stringContaining('could not be fetched') });
  });

  it('and whom nobody hears, tells the process', async () => {
    const listener = setting.listener();
    listener.removeAllListeners('warning');
    await listener.listen();
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    setting.relay.say('garbage');
    await until(() => emitWarning.mock.calls.length === 1);
    expect(emitWarning.mock.calls[0]?.[0]).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
    emitWarning.mockRestore();
  });
});

describe("a listener's options", () => {
  const whole =
    'Endpoint=sb://relay.example.net;SharedAccessKeyName=n;SharedAccessKey=c2VjcmV0;EntityPath=sql';

  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /connection string/],
    ['half a connection string', 'Endpoint=sb://relay.example.net', /name the hybrid connection/],
    ['no credential', { connectionString: 'Endpoint=sb://relay.example.net;EntityPath=sql' }, /credential/],
    ['a time that is none', { connectionString: whole, openTimeoutMs: 0 }, /openTimeoutMs/],
    ['a pace that is none', { connectionString: whole, backoff: { maxMs: -1 } }, /backoff\.maxMs/],
    ['no room', { connectionString: whole, maxPending: 0 }, /maxPending/],
    ['no time to answer', { connectionString: whole, livenessTimeoutMs: 10_000 }, /livenessTimeoutMs/],
  ])('are refused with %s', (_what, options, why) => {
    expect(() => new HybridConnectionListener(options as string)).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT', message: expect.stringMatching(why) }),
    );
  });

  it('never show the key', () => {
    const broken = whole.replace('Endpoint', 'Endpiont');
    let message = '';
    try {
      new HybridConnectionListener(broken);
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('Endpiont');
    expect(message).not.toContain('c2VjcmV0');
  });
});
