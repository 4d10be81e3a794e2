import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { generateKey } from '@hybridge/sas';
import { describe, expect, it, vi } from 'vitest';
import { accepted, rejected } from '../test/fake-relay.js';
import { ManualClock } from '../test/manual-clock.js';
import { next, until, useSetting } from '../test/setting.js';
import { type Arrival, Connections } from './connections.js';
import type { IncomingConnection } from './incoming-connection.js';
import type { HybridConnectionListener } from './listener.js';
import { resolveOptions } from './options.js';

const setting = useSetting();

async function online(options?: Parameters<typeof setting.listener>[0]): Promise<HybridConnectionListener> {
  const listener = setting.listener(options);
  await listener.listen();
  return listener;
}

const connectionOf = async (listener: HybridConnectionListener) =>
  (await once(listener, 'connection')) as Arrival;

describe('a connection', () => {
  it('comes with what its sender asked for, and without secrets', async () => {
    const connection = connectionOf(await online());
    void setting.relay.announce({
      path: '/tenants/7%20b',
      query: 'color=red&next=%2F',
      connectHeaders: { Host: 'relay.example.net', 'X-App': '1', 'Sec-WebSocket-Protocol': 'chat, v2' },
    });
    const [, request] = await connection;
    expect({ ...request }).toEqual({
      id: '00000000-0000-4000-8000-000000000001',
      address: `${setting.relay.url}/$hc/sql/tenants/7%20b?color=red&next=%2F`,
      path: '/tenants/7 b',
      query: '?color=red&next=%2F',
      headers: { host: 'relay.example.net', 'x-app': '1', 'sec-websocket-protocol': 'chat, v2' },
      protocols: ['chat', 'v2'],
      remoteEndpoint: { address: '203.0.113.7', port: 51544 },
    });
    expect(request.state).toBe('accepted');
  });

  it('is open when it is handed over', async () => {
    const connection = connectionOf(await online());
    void setting.relay.announce();
    const [socket] = await connection;
    expect(socket).toMatchObject({ connecting: false, readyState: 'open', remoteAddress: '127.0.0.1' });
  });

  it('carries bytes both ways', async () => {
    const connection = connectionOf(await online());
    const meeting = setting.relay.announce();
    const [socket] = await connection;
    const sender = await accepted(meeting);
    const received = once(sender, 'message');
    socket.write('from the listener');
    expect(String((await received)[0])).toBe('from the listener');
    sender.send('from the ');
    sender.send('sender');
    sender.close(1000);
    expect(await text(socket)).toBe('from the sender');
  });

  it('loses nothing that the sender says at once', async () => {
    const connection = connectionOf(await online());
    const bytes = Buffer.alloc(1_000_000, 'x');
    void accepted(setting.relay.announce()).then((sender) => {
      sender.send(bytes);
      sender.close(1000);
    });
    const [socket] = await connection;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await buffer(socket)).equals(bytes)).toBe(true);
  });

  it('agrees on the first subprotocol that the sender offers', async () => {
    await online();
    const meeting = setting.relay.announce({ connectHeaders: { 'sec-websocket-protocol': 'chat, v2' } });
    expect(await meeting).toMatchObject({ accepted: true, protocol: 'chat' });
  });

  it('can be iterated over as well', async () => {
    const listener = await online();
    void setting.relay.announce({ path: '/1' });
    void setting.relay.announce({ path: '/2' });
    const paths: string[] = [];
    for await (const [socket, request] of listener) {
      paths.push(request.path);
      socket.destroy();
      if (paths.length === 2) break;
    }
    expect(paths.sort()).toEqual(['/1', '/2']);
  });

  it('that nobody takes is refused once too many wait', async () => {
    const listener = await online({ maxPending: 2 });
    await Promise.all([setting.relay.announce(), setting.relay.announce()].map(accepted));
    expect(await rejected(setting.relay.announce())).toMatch(/^503 /);
    await listener[Symbol.asyncIterator]().next();
    await accepted(setting.relay.announce());
  });

  it('that fails without anybody listening for it ends no process', async () => {
    const connection = connectionOf(await online());
    const meeting = setting.relay.announce();
    const [socket] = await connection;
    (await accepted(meeting)).terminate();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(setting.warnings).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
  });

  it('that fails in front of its owner warns nobody else', async () => {
    const connection = connectionOf(await online());
    const meeting = setting.relay.announce();
    const [socket] = await connection;
    const error = once(socket, 'error');
    (await accepted(meeting)).terminate();
    expect(await error).toEqual([expect.objectContaining({ code: 'ECONNRESET' })]);
    expect(setting.warnings).toEqual([]);
  });

  it('whose rendezvous fails touches no other', async () => {
    const listener = await online();
    const connection = connectionOf(listener);
    // Nobody listens on port 1.
    void setting.relay.announce({ address: 'ws://127.0.0.1:1/$hc/sql?sb-hc-action=accept&sb-hc-id=1' });
    void setting.relay.announce({ path: '/next' });
    expect((await connection)[1].path).toBe('/next');
    await until(() => setting.warnings.length === 1);
    expect(setting.warnings[0]).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
    expect(listener.state.name).toBe('online');
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('of the application');
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the application'))],
  ])('whose event listener %s is cut, and no other', async (_how, fail) => {
    const listener = await online();
    listener.once('connection', fail);
    const sender = await accepted(setting.relay.announce());
    expect((await once(sender, 'close'))[0]).toBe(1006);
    expect(setting.warnings).toEqual([new Error('of the application')]);
    const connection = connectionOf(listener);
    void setting.relay.announce();
    await connection;
  });

  it('without TLS is refused by a listener that reached its relay with TLS', () => {
    const warn = vi.fn();
    const options = resolveOptions({
      endpoint: 'sb://relay.example.net',
      entityPath: 'sql',
      keyName: 'listen',
      key: generateKey(),
    });
    new Connections({ options, emit: () => false, warn }).receive({
      type: 'accept',
      id: '1',
      address: `${setting.relay.url}/$hc/sql?sb-hc-action=accept`,
      connectHeaders: {},
      remoteEndpoint: { address: '', port: 0 },
    });
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ message: expect.stringContaining('TLS') }));
  });
});

describe('an accept handler', () => {
  it('that returns nothing accepts', async () => {
    const connection = connectionOf(await online({ acceptHandler: () => {} }));
    await accepted(setting.relay.announce());
    await connection;
  });

  it('that returns false rejects in the words of other listeners', async () => {
    await online({ acceptHandler: async () => false });
    expect(await rejected(setting.relay.announce())).toBe('400 Rejected by user code');
  });

  it('that throws rejects in the words of other listeners, and warns', async () => {
    await online({
      acceptHandler: () => {
        throw new Error('of the application');
      },
    });
    expect(await rejected(setting.relay.announce())).toMatch(
      /^502 The Listener's custom AcceptHandler threw an exception.*TrackingId:0{8}-/,
    );
    expect(setting.warnings).toEqual([expect.objectContaining({ cause: new Error('of the application') })]);
  });

  it('can reject with a status and a description', async () => {
    await online({ acceptHandler: (incoming) => incoming.reject(502, 'ECONNREFUSED: the target & co') });
    expect(await rejected(setting.relay.announce())).toBe('502 ECONNREFUSED: the target & co');
    expect(setting.warnings).toEqual([]);
  });

  it('owns the connection that it accepts', async () => {
    const listener = await online({
      acceptHandler: (incoming) => {
        incoming.accept({ protocol: 'v2' }).end('from the handler');
      },
    });
    const emitted = vi.fn();
    listener.on('connection', emitted);
    const meeting = setting.relay.announce({ connectHeaders: { 'Sec-WebSocket-Protocol': 'chat, v2' } });
    const sender = await accepted(meeting);
    expect(sender.protocol).toBe('v2');
    expect(String((await once(sender, 'message'))[0])).toBe('from the handler');
    expect(emitted).not.toHaveBeenCalled();
  });

  it('may stay with its connection without holding others up', async () => {
    const sockets: unknown[] = [];
    await online({
      maxPending: 1,
      acceptHandler: async (incoming) => {
        const socket = incoming.accept();
        sockets.push(socket);
        await once(socket, 'close');
      },
    });
    for (let i = 0; i < 3; i += 1) await accepted(setting.relay.announce());
    expect(sockets).toHaveLength(3);
  });

  it('that throws after it accepted cuts its connection', async () => {
    await online({
      acceptHandler: async (incoming) => {
        await once(incoming.accept(), 'connect');
        throw new Error('of the application');
      },
    });
    const sender = await accepted(setting.relay.announce());
    expect((await once(sender, 'close'))[0]).toBe(1006);
  });

  it('decides once', async () => {
    const errors: unknown[] = [];
    await online({
      acceptHandler: (incoming) => {
        incoming.reject(404, 'no');
        for (const again of [() => incoming.accept(), () => incoming.reject(400, 'again')]) {
          try {
            again();
          } catch (error) {
            errors.push(error);
          }
        }
      },
    });
    expect(await rejected(setting.relay.announce())).toBe('404 no');
    const decided = expect.objectContaining({ code: 'ERR_RELAY_CLOSED' });
    expect(errors).toEqual([decided, decided]);
  });

  it('cannot agree on a subprotocol that was not offered', async () => {
    await online({
      acceptHandler: (incoming) => {
        expect(() => incoming.accept({ protocol: 'v3' })).toThrow(/did not offer/);
        expect(incoming.state).toBe('waiting');
      },
    });
    await accepted(setting.relay.announce({ connectHeaders: { 'Sec-WebSocket-Protocol': 'v2' } }));
  });

  it.each([
    ['accept', true],
    ['reject', false],
  ])('can still %s when its rendezvous was given up meanwhile', async (_what, verdict) => {
    const clock = new ManualClock();
    let decide: ((verdict: boolean) => void) | undefined;
    const acceptHandler = () =>
      new Promise<boolean>((resolve) => {
        decide = resolve;
      });
    await online({ clock, acceptHandler });
    const meeting = setting.relay.announce();
    await until(() => decide !== undefined && setting.relay.silent === 1);
    setting.relay.dropSilent();
    clock.advance(10_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    decide?.(verdict);
    expect(await meeting).toMatchObject({ accepted: verdict });
    expect(setting.warnings).toEqual([]);
  });

  it('that does not decide in 30 seconds is too late', async () => {
    const clock = new ManualClock();
    let incoming: IncomingConnection | undefined;
    await online({
      clock,
      acceptHandler: (given) => {
        incoming = given;
        return new Promise(() => {});
      },
    });
    void setting.relay.announce();
    await until(() => incoming !== undefined);
    clock.advance(30_000);
    expect(incoming?.state).toBe('expired');
    expect(() => incoming?.accept()).toThrow(/expired already/);
    expect(setting.warnings).toEqual([expect.objectContaining({ code: 'ERR_RELAY_TIMEOUT' })]);
  });
});

describe('a listener that is closed', () => {
  it('takes leave of the relay', async () => {
    const listener = await online();
    const gone = once(setting.relay.control, 'close');
    const closed = next(listener, 'close');
    await listener.close();
    await closed;
    expect((await gone)[0]).toBe(1000);
    expect(listener.state).toEqual({ name: 'closed' });
  });

  it('lets open connections finish', async () => {
    const listener = await online();
    const connection = connectionOf(listener);
    const meeting = setting.relay.announce();
    const [socket] = await connection;
    const sender = await accepted(meeting);
    const closed = listener.close();
    await until(() => setting.relay.controls.length === 0);
    expect(listener.state.name).toBe('closing');
    const received = once(sender, 'message');
    socket.end('the last words');
    expect(String((await received)[0])).toBe('the last words');
    sender.close(1000);
    socket.resume();
    await closed;
  });

  it('cuts connections that do not finish in time', async () => {
    const listener = await online();
    const connection = connectionOf(listener);
    const meeting = setting.relay.announce();
    await connection;
    const sender = await accepted(meeting);
    const cut = once(sender, 'close');
    const patient = listener.close({ graceMs: Number.POSITIVE_INFINITY });
    await listener.close({ graceMs: 20 });
    await patient;
    expect((await cut)[0]).toBe(1006);
  });

  it('rejects whoever waits for a decision', async () => {
    const acceptHandler = vi.fn(() => new Promise<void>(() => {}));
    const listener = await online({ acceptHandler });
    const meeting = setting.relay.announce();
    await until(() => acceptHandler.mock.calls.length === 1);
    const closed = listener.close();
    expect(await rejected(meeting)).toBe('503 The listener is closing');
    await closed;
  });

  it('ends its iterators, and cuts what they have not taken', async () => {
    const listener = await online();
    const sender = await accepted(setting.relay.announce());
    const cut = once(sender, 'close');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await listener.close();
    for await (const _connection of listener) throw new Error('there is none');
    expect((await cut)[0]).toBe(1006);
  });

  it('while it connects stops at once', async () => {
    await setting.relay.stop();
    const listener = setting.listener();
    const listening = listener.listen();
    await listener.close();
    await expect(listening).rejects.toMatchObject({ code: 'ERR_RELAY_CLOSED' });
    await setting.relay.start();
  });

  it('by its signal is closed all the same', async () => {
    const abort = new AbortController();
    const listener = await online({ signal: abort.signal });
    const closed = next(listener, 'close');
    abort.abort();
    await closed;
    expect(listener.state).toEqual({ name: 'closed' });
  });

  it('before it listens never does', async () => {
    const listener = setting.listener({ signal: AbortSignal.abort() });
    await expect(listener.listen()).rejects.toMatchObject({ code: 'ERR_RELAY_CLOSED' });
    expect(setting.relay.listens).toEqual([]);
  });

  it('does not wait long for a relay that says nothing', async () => {
    const clock = new ManualClock();
    const listener = await online({ clock });
    setting.relay.control.pause();
    const closed = listener.close();
    clock.advance(2_000);
    await closed;
  });

  it('can be closed by leaving its scope', async () => {
    const listener = await online();
    await listener[Symbol.asyncDispose]();
    expect(listener.state.name).toBe('closed');
  });
});
