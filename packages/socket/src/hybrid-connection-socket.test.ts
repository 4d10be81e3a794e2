/**
 * The socket over a channel that does only what the test says. That it behaves like `net.Socket` over a real relay is
 * shown by the socket suite in packages/conformance.
 */
import { once } from 'node:events';
import { RelayError } from '@hybridge/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Channel } from './channel.js';
import { HybridConnectionSocket, kTakeChannel } from './hybrid-connection-socket.js';

type Done = (error?: Error | null) => void;

class FakeChannel {
  onData: (payload: Buffer) => boolean = () => true;
  onEnd: () => void = () => undefined;
  onCut: (cause: Error) => void = () => undefined;
  onClose: () => void = () => undefined;
  bytesRead = 0;
  bytesWritten = 0;
  readonly calls: string[] = [];
  /** Callbacks of sends that the kernel has not taken yet. */
  readonly waiting: Done[] = [];
  readonly sent: Buffer[] = [];
  queuedBytes = 0;
  readonly addresses = {
    remoteAddress: '192.0.2.1',
    remotePort: 443,
    remoteFamily: 'IPv4',
    localAddress: '192.0.2.2',
    localPort: 50_000,
    localFamily: 'IPv4',
    bound: { address: '192.0.2.2', port: 50_000, family: 'IPv4' },
    attempted: [],
  };

  ref(): void {
    this.calls.push('ref');
  }
  unref(): void {
    this.calls.push('unref');
  }
  setKeepAlive(...args: unknown[]): void {
    this.calls.push(`keepAlive ${args}`);
  }

  start(): void {
    this.calls.push('start');
  }
  resume(): void {
    this.calls.push('resume');
  }
  sendAll(pieces: readonly Uint8Array[], done: Done): void {
    const bytes = Buffer.concat(pieces);
    this.sent.push(bytes);
    this.bytesWritten += bytes.length;
    this.waiting.push(done);
  }
  end(done: Done): void {
    this.calls.push('end');
    done();
  }
  abort(): void {
    this.calls.push('abort');
  }
  /** Data arrives. */
  deliver(bytes: Buffer): boolean {
    this.bytesRead += bytes.length;
    return this.onData(bytes);
  }
}

const channelOf = (fake: FakeChannel) => fake as unknown as Channel;

const opened: HybridConnectionSocket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
});

function make(
  open: (signal: AbortSignal) => Promise<Channel>,
  options?: ConstructorParameters<typeof HybridConnectionSocket>[1],
): HybridConnectionSocket {
  const socket = new HybridConnectionSocket(open, options);
  socket.on('error', () => undefined);
  opened.push(socket);
  return socket;
}

async function openSocket(options?: ConstructorParameters<typeof HybridConnectionSocket>[1]) {
  const fake = new FakeChannel();
  const socket = make(async () => channelOf(fake), options);
  await once(socket, 'connect');
  await new Promise(setImmediate);
  return { fake, socket };
}

const never = () => new Promise<Channel>(() => undefined);

describe('a socket that is opening', () => {
  it('calls open once, not before the next turn', async () => {
    const open = vi.fn(never);
    make(open);
    expect(open).not.toHaveBeenCalled();
    await new Promise(setImmediate);
    expect(open).toHaveBeenCalledOnce();
  });

  it('starts the channel after its listeners for connect were called', async () => {
    const fake = new FakeChannel();
    const socket = make(async () => channelOf(fake));
    let startedBefore: boolean | undefined;
    socket.once('connect', () => {
      startedBefore = fake.calls.includes('start');
    });
    await once(socket, 'ready');
    await new Promise(setImmediate);
    expect(startedBefore).toBe(false);
    expect(fake.calls).toContain('start');
  });

  it('sends all that was held back with one call', async () => {
    const fake = new FakeChannel();
    const socket = make(async () => channelOf(fake));
    socket.write('a');
    socket.write('b');
    socket.write('c');
    await once(socket, 'ready');
    await new Promise(setImmediate);
    expect(fake.sent.map(String)).toEqual(['abc']);
  });

  it('fails with what open rejects with, as it is', async () => {
    const failure = Object.assign(new Error('no listener'), { code: 'ECONNREFUSED' });
    const socket = make(() => Promise.reject(failure));
    const [error] = await once(socket, 'error').catch((raised) => [raised]);
    expect(error).toBe(failure);
  });

  it('passes exceptions of its listeners on as they are, not as rejections', async () => {
    const socket = make(async () => channelOf(new FakeChannel()));
    const thrown = new Error('in a listener');
    const caught = new Promise((resolve) => {
      const others = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const other of others) process.on('uncaughtException', other);
        resolve(error);
      });
    });
    socket.once('connect', () => {
      throw thrown;
    });
    expect(await caught).toBe(thrown);
  });

  it('aborts open when it is destroyed, and closes without waiting for it', async () => {
    let signal: AbortSignal | undefined;
    const socket = make((given) => {
      signal = given;
      return never();
    });
    await new Promise(setImmediate);
    socket.destroy();
    expect(signal?.aborted).toBe(true);
    await once(socket, 'close');
  });

  it('does not call open when it is destroyed in the same turn', async () => {
    const open = vi.fn(never);
    make(open).destroy();
    await new Promise(setImmediate);
    expect(open).not.toHaveBeenCalled();
  });

  it('cuts a channel that comes too late', async () => {
    const fake = new FakeChannel();
    let arrive!: (channel: Channel) => void;
    const socket = make(() => new Promise((resolve) => (arrive = resolve)));
    await new Promise(setImmediate);
    socket.destroy();
    arrive(channelOf(fake));
    await new Promise(setImmediate);
    expect(fake.calls).toContain('abort');
    expect(fake.calls).not.toContain('start');
  });

  it('passes on what was set before', async () => {
    const fake = new FakeChannel();
    const socket = make(async () => channelOf(fake));
    socket.unref().setKeepAlive(true, 5_000);
    await once(socket, 'ready');
    expect(fake.calls).toEqual(expect.arrayContaining(['unref', 'keepAlive true,5000']));
  });
});

describe('an open socket', () => {
  it('copies what it is lent', async () => {
    const { fake, socket } = await openSocket();
    const lent = Buffer.from('first');
    fake.deliver(lent);
    lent.write('XXXXX');
    fake.deliver(lent);
    let text = '';
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) text += chunk;
    expect(text).toBe('firstXXXXX');
  });

  it('asks for no more while nobody reads, and for more when somebody does', async () => {
    const { fake, socket } = await openSocket();
    expect(fake.deliver(Buffer.alloc(socket.readableHighWaterMark))).toBe(false);
    fake.calls.length = 0;
    socket.resume();
    await new Promise(setImmediate);
    expect(fake.calls).toContain('resume');
  });

  it('lets an exception of a data listener pass the channel by', async () => {
    const { fake, socket } = await openSocket();
    const thrown = new Error('in a listener');
    const caught = new Promise((resolve) => {
      const others = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.once('uncaughtException', (error) => {
        for (const other of others) process.on('uncaughtException', other);
        resolve(error);
      });
    });
    socket.once('data', () => {
      throw thrown;
    });
    expect(() => fake.deliver(Buffer.from('x'))).not.toThrow();
    expect(await caught).toBe(thrown);
    expect(socket.destroyed).toBe(false);
  });

  it('writes one thing at a time, and joins what has come together meanwhile', async () => {
    const { fake, socket } = await openSocket();
    socket.write('a');
    socket.write('b');
    socket.write('c');
    expect(fake.sent.map(String)).toEqual(['a']);
    fake.waiting.shift()!();
    await new Promise(setImmediate);
    expect(fake.sent.map(String)).toEqual(['a', 'bc']);
  });

  it('counts what is written, held back or not', async () => {
    const { fake, socket } = await openSocket();
    socket.write('12345');
    socket.write('678');
    expect(socket.bytesWritten).toBe(8);
    fake.waiting.shift()!();
    await new Promise(setImmediate);
    expect(socket.bytesWritten).toBe(8);
    fake.waiting.shift()!();
    expect(socket.bytesWritten).toBe(8);
  });

  it.each([
    ['EPIPE', 'EPIPE'],
    ['ERR_RELAY_CLOSED', 'EPIPE'],
    ['ECONNRESET', 'ECONNRESET'],
    ['ERR_STREAM_DESTROYED', 'ECONNRESET'],
  ])('gives a failed write with %s as %s', async (code, expected) => {
    const { fake, socket } = await openSocket();
    const failed = once(socket, 'error').catch((raised) => [raised]);
    socket.write('x');
    const cause = Object.assign(new Error('below'), { code });
    fake.waiting.shift()!(cause);
    expect((await failed)[0]).toMatchObject({ code: expected, syscall: 'write', cause });
  });

  it('that is cut is reset, with the reason as the cause', async () => {
    const { fake, socket } = await openSocket();
    const cause = new RelayError('ERR_RELAY_CUT', 'The relayed connection was cut');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    let error: Error | undefined;
    socket.once('error', (raised) => {
      error = raised;
    });
    fake.onCut(cause);
    expect(await closed).toBe(true);
    expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'read', message: 'read ECONNRESET', cause });
  });

  it("has promises that wait for the last data listen before 'end', though both come at once", async () => {
    const { socket, fake } = await openSocket({ allowHalfOpen: true });
    const heard: string[] = [];
    socket.once('data', () => {
      void (async () => {
        for (let turn = 0; turn < 5; turn += 1) await null;
        socket.once('end', () => heard.push('end'));
        socket.once('error', ({ code }: NodeJS.ErrnoException) => heard.push(String(code)));
      })();
    });
    fake.deliver(Buffer.from('the last'));
    fake.onEnd();
    fake.onCut(new Error('gone'));
    await new Promise((resolve) => socket.once('close', resolve));
    expect(heard).toEqual(['end', 'ECONNRESET']);
  });

  it('cuts when it is destroyed before it has ended', async () => {
    const { fake, socket } = await openSocket();
    socket.destroy();
    expect(fake.calls).toContain('abort');
  });

  it('lets go, without a cut, when both sides have ended', async () => {
    const { fake, socket } = await openSocket();
    socket.resume();
    socket.end();
    fake.onEnd();
    await once(socket, 'close');
    expect(fake.calls).toContain('end');
    expect(fake.calls).not.toContain('abort');
    expect(fake.calls).toContain('unref');
  });

  describe('that is destroyed when it has ended but the far side has not', () => {
    it('waits for the far side in the background, throwing its data away', async () => {
      const { fake, socket } = await openSocket();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        socket.destroySoon();
        await once(socket, 'close');
        expect(fake.calls.at(-1)).toBe('resume');
        expect(fake.calls).not.toContain('abort');
        expect(fake.deliver(Buffer.alloc(1_000_000))).toBe(true);
        vi.advanceTimersByTime(4_900);
        expect(fake.calls).not.toContain('abort');
        vi.advanceTimersByTime(200);
        expect(fake.calls).toContain('abort');
      } finally {
        vi.useRealTimers();
      }
    });

    it('waits no longer once the connection is gone', async () => {
      const { fake, socket } = await openSocket();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        socket.destroySoon();
        await once(socket, 'close');
        fake.onEnd();
        fake.onClose();
        expect(vi.getTimerCount()).toBe(0);
      } finally {
        vi.useRealTimers();
      }
    });

    it('cuts when it is reset', async () => {
      const { fake, socket } = await openSocket();
      socket.end();
      await once(socket, 'finish');
      socket.resetAndDestroy();
      expect(fake.calls).toContain('abort');
    });

    it('cuts when it is destroyed with an error', async () => {
      const { fake, socket } = await openSocket();
      socket.end();
      await once(socket, 'finish');
      socket.destroy(new Error('mine'));
      expect(fake.calls).toContain('abort');
    });
  });

  it('does not time out while a long write moves', async () => {
    const { fake, socket } = await openSocket();
    let timeouts = 0;
    socket.setTimeout(40, () => {
      timeouts += 1;
    });
    fake.queuedBytes = 1_000;
    socket.write('x');
    const moving = setInterval(() => {
      fake.queuedBytes -= 1;
    }, 10);
    await new Promise((resolve) => setTimeout(resolve, 150));
    clearInterval(moving);
    expect(timeouts).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(timeouts).toBe(1);
  });
});

describe('taking the channel from a socket', () => {
  it('before it is open is not possible', () => {
    expect(make(never)[kTakeChannel]()).toBeUndefined();
  });

  it("in a 'connect' listener gives it unstarted", async () => {
    const fake = new FakeChannel();
    const socket = make(async () => channelOf(fake));
    let taken: ReturnType<HybridConnectionSocket[typeof kTakeChannel]>;
    socket.once('connect', () => {
      taken = socket[kTakeChannel]();
    });
    await once(socket, 'ready');
    await new Promise(setImmediate);
    expect(taken).toMatchObject({ channel: fake, started: false, chunks: [], ended: false });
    expect(fake.calls).not.toContain('start');
  });

  it('gives what was not read, in order', async () => {
    const { fake, socket } = await openSocket();
    fake.deliver(Buffer.from('one'));
    fake.deliver(Buffer.from('two'));
    fake.onEnd();
    const taken = socket[kTakeChannel]()!;
    expect(Buffer.concat(taken.chunks).toString()).toBe('onetwo');
    expect(taken).toMatchObject({ started: true, ended: true });
    await new Promise(setImmediate);
    expect(fake.calls).not.toContain('end');
    expect(socket.destroyed).toBe(false);
  });

  it('says when earlier writes are through', async () => {
    const { fake, socket } = await openSocket();
    socket.write('a');
    socket.write('b');
    const taken = socket[kTakeChannel]()!;
    const flushed = vi.fn();
    taken.flushed(flushed);
    fake.waiting.shift()!();
    await new Promise(setImmediate);
    expect(flushed).not.toHaveBeenCalled();
    fake.waiting.shift()!();
    expect(flushed).toHaveBeenCalledOnce();
    expect(fake.sent.map(String)).toEqual(['a', 'b']);
  });

  it('says so at once when there are none', async () => {
    const { socket } = await openSocket();
    const flushed = vi.fn();
    socket[kTakeChannel]()!.flushed(flushed);
    expect(flushed).toHaveBeenCalledOnce();
  });

  it.each([
    ['somebody reads', (socket: HybridConnectionSocket) => socket.on('data', () => undefined)],
    ['somebody waits for data', (socket: HybridConnectionSocket) => socket.on('readable', () => undefined)],
    ['it is decoded', (socket: HybridConnectionSocket) => socket.setEncoding('utf8')],
    ['it has ended', (socket: HybridConnectionSocket) => socket.end()],
    ['it is destroyed', (socket: HybridConnectionSocket) => socket.destroy()],
    ['it was taken before', (socket: HybridConnectionSocket) => socket[kTakeChannel]()],
  ])('is refused when %s', async (_, prepare) => {
    const { socket } = await openSocket();
    prepare(socket);
    expect(socket[kTakeChannel]()).toBeUndefined();
  });

  it('makes further writes fail', async () => {
    const { socket } = await openSocket();
    socket[kTakeChannel]();
    const error = await new Promise((resolve) => socket.write('x', resolve));
    expect(error).toMatchObject({ code: 'EPIPE' });
  });

  it('tells the new owner when the socket is destroyed', async () => {
    const { fake, socket } = await openSocket();
    const taken = socket[kTakeChannel]()!;
    const reasons: unknown[] = [];
    taken.onDestroy = (error) => reasons.push(error);
    const reason = new Error('shutting down');
    socket.destroy(reason);
    expect(reasons).toEqual([reason]);
    expect(fake.calls).not.toContain('abort');
  });

  it.each([
    ['in order', undefined, false],
    ['with an error', new Error('near failed'), true],
  ])("lets the new owner close it %s, and then emits 'close'", async (_, error, hadError) => {
    const { fake, socket } = await openSocket();
    const taken = socket[kTakeChannel]()!;
    const closed = new Promise((resolve) => socket.once('close', resolve));
    taken.release(error);
    expect(await closed).toBe(hadError);
    expect(fake.calls).not.toContain('abort');
  });

  it('leaves the counters and the idle timer working', async () => {
    const { fake, socket } = await openSocket();
    let timeouts = 0;
    socket.setTimeout(30, () => {
      timeouts += 1;
    });
    socket[kTakeChannel]();
    const moving = setInterval(() => {
      fake.bytesRead += 10;
    }, 10);
    await new Promise((resolve) => setTimeout(resolve, 120));
    clearInterval(moving);
    expect(timeouts).toBe(0);
    expect(socket.bytesRead).toBeGreaterThan(0);
  });
});
