import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { dial } from './dial.js';
import { acceptKey } from './handshake.js';

const ACCEPT_TEXT = (request: string) =>
  [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(/^Sec-WebSocket-Key: (.*)\r$/m.exec(request)![1]!)}`,
  ].join('\r\n');

/** A server of which each test writes the lines. */
class Script {
  readonly #server = net.createServer((socket) => {
    this.sockets.push(socket);
    socket.on('error', () => undefined);
    let request = '';
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      this.received += chunk.toString('latin1');
      if (request.endsWith('\r\n\r\n')) this.#answer(socket, request);
    });
    this.#greet(socket);
  });
  readonly sockets: net.Socket[] = [];
  received = '';
  readonly #answer: (socket: net.Socket, request: string) => void;
  readonly #greet: (socket: net.Socket) => void;

  constructor(
    answer: (socket: net.Socket, request: string) => void,
    greet: (socket: net.Socket) => void = () => undefined,
  ) {
    this.#answer = answer;
    this.#greet = greet;
  }

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    running.push(this);
    return `ws://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  /** Resolves once every connection that was made is gone. */
  async deserted(): Promise<void> {
    await Promise.all(
      this.sockets.map((socket) => socket.closed || new Promise((r) => socket.once('close', r))),
    );
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await once(this.#server.close(), 'close');
  }
}

const running: Script[] = [];
afterEach(() => Promise.all(running.splice(0).map((script) => script.close())));

const upgraded = (socket: net.Socket, request: string) => socket.write(`${ACCEPT_TEXT(request)}\r\n\r\n`);
const silent = () => undefined;

describe('a dialled relay that accepts', () => {
  it('gets the request as it was asked for, once', async () => {
    const script = new Script(upgraded);
    const base = await script.listen();
    const { channel, protocol, headers } = await dial(`${base}/$hc/a/../b?x=%7E`).upgrade({
      headers: { 'X-A': '1' },
    });
    expect(script.received).toMatch(
      /^GET \/\$hc\/a\/\.\.\/b\?x=%7E HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/,
    );
    expect(script.received).toContain('\r\nX-A: 1\r\n');
    expect(script.received.match(/GET /g)).toHaveLength(1);
    expect(protocol).toBeUndefined();
    expect(headers).toMatchObject({ upgrade: 'websocket', connection: 'Upgrade' });
    channel.abort();
    await script.deserted();
  });

  it('may agree on a subprotocol', async () => {
    const script = new Script((socket, request) => {
      socket.write(`${ACCEPT_TEXT(request)}\r\nSec-WebSocket-Protocol: b\r\nX-A: 1\r\nx-a: 2\r\n\r\n`);
    });
    const { channel, protocol, headers } = await dial(await script.listen()).upgrade({
      protocols: ['a', 'b'],
    });
    expect(protocol).toBe('b');
    expect(headers['x-a']).toBe('1, 2');
    channel.abort();
  });

  it('may send its first frames with the answer', async () => {
    const script = new Script((socket, request) => {
      socket.write(`${ACCEPT_TEXT(request)}\r\n\r\n\x82\x05hel`, 'latin1');
      setTimeout(() => socket.write('lo\x82\x01!\x88\x00', 'latin1'), 20);
    });
    const { channel } = await dial(await script.listen()).upgrade();
    let text = '';
    channel.onData = (payload) => {
      text += payload;
      return true;
    };
    const ended = new Promise<void>((resolve) => {
      channel.onEnd = () => resolve();
    });
    channel.start();
    await ended;
    expect(text).toBe('hello!');
    channel.abort();
  });

  it('may answer byte by byte', async () => {
    const script = new Script(async (socket, request) => {
      for (const byte of `${ACCEPT_TEXT(request)}\r\n\r\n`) {
        socket.write(byte);
        await new Promise(setImmediate);
      }
    });
    const { channel } = await dial(await script.listen()).upgrade();
    channel.abort();
  });

  it('is connected to at once and asked later, also for another path', async () => {
    const script = new Script(upgraded);
    const base = await script.listen();
    const dialling = dial(`${base}/first`);
    await expect.poll(() => script.sockets).toHaveLength(1);
    expect(script.received).toBe('');
    const { channel } = await dialling.upgrade({ url: `${base}/second?reject` });
    expect(script.received).toContain('GET /second?reject HTTP/1.1');
    expect(script.sockets).toHaveLength(1);
    channel.abort();
  });

  it.each([
    ['hung up', (socket: net.Socket) => socket.end()],
    [
      'said 408',
      (socket: net.Socket) => socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n'),
    ],
    ['was reset', (socket: net.Socket) => socket.resetAndDestroy()],
  ])('is connected to anew when it %s before it was asked', async (_, tire) => {
    const script = new Script(upgraded);
    const dialling = dial(await script.listen());
    await expect.poll(() => script.sockets).toHaveLength(1);
    tire(script.sockets[0]!);
    await new Promise((resolve) => setTimeout(resolve, 40));
    await new Promise(setImmediate); // on a busy machine the time may be over before what came in it is read
    const { channel } = await dialling.upgrade();
    expect(script.sockets).toHaveLength(2);
    channel.abort();
    await script.deserted();
  });

  it('has no more to do with the signal and the time limit', async () => {
    const TIMEOUT_MS = 1_000;
    const script = new Script(upgraded);
    const abort = new AbortController();
    const dialling = dial(await script.listen(), { signal: abort.signal, timeoutMs: TIMEOUT_MS });
    const { channel } = await dialling.upgrade();
    let cut = false;
    channel.onCut = () => {
      cut = true;
    };
    channel.start();
    abort.abort();
    dialling.abort();
    await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS + 50));
    expect(cut).toBe(false);
    expect(channel.socket.destroyed).toBe(false);
    channel.abort();
  });
});

describe('a dialled relay that refuses', () => {
  const refusal = async (answer: string | ((socket: net.Socket) => void)) => {
    const script = new Script((socket) => (typeof answer === 'string' ? socket.end(answer) : answer(socket)));
    const error = await dial(await script.listen())
      .upgrade()
      .catch((reason: unknown) => reason);
    await script.deserted();
    return error;
  };

  it('says why in its reason phrase', async () => {
    const text =
      'There are no listeners connected for the endpoint. TrackingId:5f1c_G14, SystemTracker:sb://h/e';
    expect(await refusal(`HTTP/1.1 404 ${text}\r\nContent-Length: 0\r\n\r\n`)).toMatchObject({
      code: 'ERR_RELAY_NO_LISTENER',
      status: 404,
      trackingId: '5f1c_G14',
    });
  });

  it('may say why in its body', async () => {
    const body = 'Ip has been prevented to connect to the endpoint';
    const answer = `HTTP/1.1 401 Unauthorized\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    expect(await refusal(answer)).toMatchObject({ code: 'ERR_RELAY_FORBIDDEN', status: 401 });
  });

  it('may break off in the middle of its body', async () => {
    expect(await refusal('HTTP/1.1 403 Forbidden\r\nContent-Length: 500\r\n\r\nhalf')).toMatchObject({
      code: 'ERR_RELAY_FORBIDDEN',
    });
  });

  it('may leave its body open: nobody waits for the rest of it', async () => {
    expect(await refusal((socket) => void socket.write('HTTP/1.1 503 Busy\r\n\r\nsome'))).toMatchObject({
      code: 'ERR_RELAY_BUSY',
    });
  });

  it('may send a body without end', async () => {
    const flood = (socket: net.Socket) => {
      socket.write('HTTP/1.1 500 x\r\n\r\n');
      const more = () => {
        while (!socket.destroyed && socket.write('x'.repeat(65_536)));
      };
      socket.on('drain', more);
      more();
    };
    expect(await refusal(flood)).toMatchObject({ code: 'ERR_RELAY_REJECTED', status: 500 });
  });
});

describe('a dialled relay that misbehaves', () => {
  const failure = async (script: Script, options = {}) => {
    const error = await dial(await script.listen(), options)
      .upgrade()
      .catch((reason: unknown) => reason);
    await script.deserted();
    return error;
  };

  it.each([
    ['does not speak HTTP', (socket: net.Socket) => socket.write('SSH-2.0-x\r\n'), 'ERR_RELAY_PROTOCOL'],
    ['proves nothing', (socket: net.Socket) => socket.write('HTTP/1.1 101 x\r\n\r\n'), 'ERR_RELAY_PROTOCOL'],
    [
      'sends headers without end',
      (s: net.Socket) => s.write(`HTTP/1.1 101 x\r\nA: ${'a'.repeat(20_000)}`),
      'ERR_RELAY_PROTOCOL',
    ],
    ['hangs up', (socket: net.Socket) => socket.end(), 'ERR_RELAY_CUT'],
    ['hangs up in the middle', (socket: net.Socket) => socket.end('HTTP/1.1 101 x\r\n'), 'ERR_RELAY_CUT'],
    ['resets', (socket: net.Socket) => socket.resetAndDestroy(), 'ECONNRESET'],
  ])('because it %s, fails with %s', async (_, answer, code) => {
    expect(await failure(new Script(answer))).toMatchObject({ code });
  });

  it('because it always speaks first, fails', async () => {
    const script = new Script(silent, (socket) => socket.write('220 smtp.example.net\r\n'));
    const dialling = dial(await script.listen());
    await new Promise((resolve) => setTimeout(resolve, 40));
    await expect(dialling.upgrade()).rejects.toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
    await script.deserted();
  });

  it('because it never answers, fails at the time limit', async () => {
    expect(await failure(new Script(silent), { timeoutMs: 50 })).toMatchObject({
      code: 'ERR_RELAY_TIMEOUT',
      message: expect.stringMatching(/^The relay at 127\.0\.0\.1:\d+ did not answer within 50 ms$/),
    });
  });

  it('because it sends a byte now and then, fails at the time limit', async () => {
    const drip = (socket: net.Socket) => {
      socket.write('HTTP/1.1 101 x\r\nA: ');
      const timer = setInterval(() => socket.write('a'), 10);
      socket.on('close', () => clearInterval(timer));
    };
    expect(await failure(new Script(drip), { timeoutMs: 80 })).toMatchObject({ code: 'ERR_RELAY_TIMEOUT' });
  });
});

describe('a relay that cannot be reached', () => {
  it('fails with the error of the system', async () => {
    const script = new Script(silent);
    const base = await script.listen();
    await script.close();
    running.pop();
    await expect(dial(base).upgrade()).rejects.toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
  });

  it('fails the same when it is asked for only later', async () => {
    const script = new Script(silent);
    const base = await script.listen();
    await script.close();
    running.pop();
    const dialling = dial(base);
    await new Promise((resolve) => setTimeout(resolve, 40));
    await expect(dialling.upgrade()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('fails with the error of the resolver', async () => {
    const lookup: net.LookupFunction = (hostname, _, callback) => {
      callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), []);
    };
    await expect(dial('ws://relay.test/', { lookup }).upgrade()).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('fails at the time limit when its name is never resolved', async () => {
    const dialling = dial('ws://relay.test/', { lookup: () => undefined, timeoutMs: 30 });
    await expect(dialling.upgrade()).rejects.toMatchObject({
      code: 'ERR_RELAY_TIMEOUT',
      message: 'The relay at relay.test could not be reached within 30 ms',
    });
  });
});

describe('a dial that is given up', () => {
  const reason = new Error('enough');

  it('before it is asked for anything rejects the upgrade, and closes', async () => {
    const script = new Script(upgraded);
    const dialling = dial(await script.listen());
    await new Promise((resolve) => setTimeout(resolve, 40));
    dialling.abort(reason);
    await expect(dialling.upgrade()).rejects.toBe(reason);
    expect(script.sockets).toHaveLength(1);
    await script.deserted();
  });

  it.each(['at once', 'while it connects', 'while it waits for the answer'])(
    '%s rejects, and closes',
    async (when) => {
      const script = new Script(silent);
      const dialling = dial(await script.listen());
      const upgrade = dialling.upgrade();
      if (when === 'while it connects') await new Promise(setImmediate);
      if (when === 'while it waits for the answer') await new Promise((resolve) => setTimeout(resolve, 40));
      dialling.abort(reason);
      dialling.abort(new Error('once more'));
      await expect(upgrade).rejects.toBe(reason);
      await script.deserted();
    },
  );

  it('while a refusal is being read rejects, and closes', async () => {
    const script = new Script((socket) => void socket.write('HTTP/1.1 404 x\r\n\r\nsome'));
    const dialling = dial(await script.listen());
    const upgrade = dialling.upgrade();
    setTimeout(() => dialling.abort(reason), 60);
    await expect(upgrade).rejects.toBe(reason);
    await script.deserted();
  });

  it('by its signal rejects with the reason of the signal, and closes', async () => {
    const script = new Script(silent);
    const abort = new AbortController();
    const upgrade = dial(await script.listen(), { signal: abort.signal }).upgrade();
    setTimeout(() => abort.abort(reason), 40);
    await expect(upgrade).rejects.toBe(reason);
    await script.deserted();
  });

  it('by a signal that was aborted before connects to nothing', async () => {
    const script = new Script(silent);
    const dialling = dial(await script.listen(), { signal: AbortSignal.abort(reason) });
    await expect(dialling.upgrade()).rejects.toBe(reason);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(script.sockets).toHaveLength(0);
  });

  it('at any moment leaves nothing open', async () => {
    const script = new Script((socket, request) => setTimeout(upgraded, 3, socket, request));
    const base = await script.listen();
    const open = () => process.getActiveResourcesInfo().filter((kind) => /^(TCP|Timeout)/.test(kind)).length;
    const before = open();
    const dials = Array.from({ length: 120 }, async (_, i) => {
      const abort = new AbortController();
      const upgrade = dial(base, { signal: abort.signal }).upgrade();
      setTimeout(() => abort.abort(), i / 10);
      await upgrade.then(
        ({ channel }) => channel.abort(),
        () => undefined,
      );
    });
    await Promise.all(dials);
    await script.deserted();
    await expect.poll(() => open()).toBeLessThanOrEqual(before);
  });

  it('without a reason rejects with an AbortError', async () => {
    const script = new Script(silent);
    const dialling = dial(await script.listen());
    dialling.abort();
    await expect(dialling.upgrade()).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('what cannot be dialled', () => {
  it('is an argument error at once', () => {
    expect(() => dial('http://127.0.0.1/')).toThrow(expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }));
    expect(() => dial('wss://127.0.0.1/', { tls: { minVersion: 'TLSv1.1' as 'TLSv1.2' } })).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_ARGUMENT' }),
    );
  });

  it.each([
    ['is on another server', { url: 'ws://other.example.net/' }],
    ['has a header that cannot be sent', { headers: { 'X-A': 'a\r\nb' } }],
  ])('because the upgrade %s, is an argument error of the upgrade, and closes', async (_, options) => {
    const script = new Script(upgraded);
    await expect(dial(await script.listen()).upgrade(options)).rejects.toMatchObject({
      code: 'ERR_RELAY_ARGUMENT',
    });
    await script.deserted();
  });

  it('a second time is an argument error, and does not disturb the first', async () => {
    const script = new Script(upgraded);
    const dialling = dial(await script.listen());
    const first = dialling.upgrade();
    await expect(dialling.upgrade()).rejects.toMatchObject({ code: 'ERR_RELAY_ARGUMENT' });
    const { channel } = await first;
    channel.abort();
  });
});
