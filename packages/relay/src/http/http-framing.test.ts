/**
 * How listeners frame their responses: a listener for each of the known ones, by its row of the table, and the rules that
 * follow for the relay.
 *
 * Source: docs/protocol.md, section 4.4.
 */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { tokenFor } from '../../test/clients.js';
import {
  answerTo,
  ask,
  begin,
  type Handler,
  type HttpAnswer,
  HttpListener,
  head,
  type Received,
  respond,
} from '../../test/http-clients.js';
import type { RelayServer } from '../relay-server.js';
import { startRelay } from '../start-relay.js';

const BODY = Buffer.alloc(150_000, 'abcdefghij');

let relay: RelayServer;
beforeEach(async () => {
  relay = await startRelay({ hybridConnections: ['web'] });
});
afterEach(() => relay.close({ graceMs: 0 }));

/** One message in fragments. `last: false` leaves it without an end. */
function fragments(channel: WebSocket, pieces: readonly (string | Uint8Array)[], last = true): void {
  pieces.forEach((piece, i) => {
    channel.send(piece, { binary: true, fin: last && i === pieces.length - 1 });
  });
}

const pieces = (size: number) => Array.from({ length: 3 }, (_, i) => BODY.subarray(i * size, (i + 1) * size));

async function served(handler: Handler, method = 'GET'): Promise<HttpAnswer> {
  const listener = await HttpListener.start(relay, 'web', handler);
  const answer = await ask(relay, 'web', { method });
  // Whatever it was, the control channel is none the worse for it.
  expect(await ask(relay, 'web', { method })).toMatchObject({ status: answer.status });
  expect(listener.control.readyState).toBe(listener.control.OPEN);
  return answer;
}

describe('a response on the control channel', () => {
  it.each<[string, string | Buffer, Handler]>([
    [
      '.NET, in frames',
      BODY.subarray(0, 60_000),
      (received) => {
        received.channel.send(head(received, { body: true }));
        fragments(received.channel, pieces(20_000));
      },
    ],
    ['.NET, with a write of zero bytes', '', (received) => respond(received, '')],
    [
      '.NET and Python, without a body',
      '',
      (received) => {
        received.channel.send(`{"response":{"requestId":"${received.request.id}","statusCode":200}}`);
      },
    ],
    [
      'Java, with its order of members',
      'hello',
      (received) => {
        received.channel.send(
          `{"response":{"requestId":"${received.request.id}","body":true,"statusCode":200,"statusDescription":"OK","responseHeaders":{}}}`,
        );
        received.channel.send(Buffer.from('hello'));
      },
    ],
    ['hyco-https, end()', '', (received) => respond(received, '', { statusDescription: 'OK' })],
    [
      'hyco-https, write() and end()',
      BODY.subarray(0, 60_000),
      (received) => {
        received.channel.send(head(received, { body: true }));
        fragments(received.channel, [...pieces(20_000), '']);
      },
    ],
    ['Python', 'hello', (received) => respond(received, 'hello')],
    [
      'Go, with its status in a string',
      'hello',
      (received) => {
        received.channel.send(
          `{"response":{"requestId":"${received.request.id}","statusCode":"200","responseHeaders":{},"body":true}}`,
        );
        received.channel.send(Buffer.from('hello'));
      },
    ],
    ['the next hyco-ws, however large', BODY, (received) => respond(received, BODY)],
  ])('as from %s', async (_, body, handler) => {
    const answer = await served(handler);
    expect(answer).toMatchObject({ status: 200, headers: { via: '1.1 localhost' } });
    expect(answer.headers['content-length']).toBe(String(body.length));
    expect(answer.body.equals(Buffer.from(body))).toBe(true);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])(
    'to %s with %d may be followed by a stray empty body, as from hyco-https',
    async (method, statusCode) => {
      const answer = await served((received) => {
        respond(received, undefined, { statusCode });
        received.channel.send('', { binary: true });
      }, method);
      expect(answer).toMatchObject({ status: statusCode, body: Buffer.alloc(0) });
    },
  );

  it('may come in any order', async () => {
    const waiting: Received[] = [];
    await HttpListener.start(relay, 'web', (received) => {
      waiting.push(received);
      if (waiting.length < 100) return;
      for (const each of waiting.sort(() => Math.random() - 0.5)) respond(each, each.request.requestTarget);
    });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) => ask(relay, 'web', { rest: `/${i}` })),
    );
    expect(answers.map(({ body }) => String(body))).toEqual(answers.map((_, i) => `/web/${i}`));
  });

  it('to a request that is not known is dropped, with its body', async () => {
    const answer = await served((received) => {
      received.channel.send(head(received, { requestId: 'nobody', body: true }));
      received.channel.send(Buffer.from('for nobody'));
      received.channel.send(head(received, { requestId: 'nobody' }));
      respond(received, 'hello');
    });
    expect(String(answer.body)).toBe('hello');
  });

  it('that comes twice counts once', async () => {
    const answer = await served((received) => {
      respond(received, 'first');
      respond(received, 'second');
    });
    expect(String(answer.body)).toBe('first');
  });

  it('of another listener than the one that was asked is dropped', async () => {
    const all: HttpListener[] = [];
    const handler: Handler = (received, self) => {
      const other = all.find((each) => each !== self)!;
      respond({ ...received, channel: other.control }, 'from another');
      setTimeout(() => respond(received, 'from the one'), 30);
    };
    all.push(
      await HttpListener.start(relay, 'web', handler),
      await HttpListener.start(relay, 'web', handler),
    );
    expect(String((await ask(relay, 'web')).body)).toBe('from the one');
  });

  it('may come by the next control channel of the same listener', async () => {
    const id = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';
    const first = await HttpListener.start(relay, 'web', () => undefined, { id });
    const asked = ask(relay, 'web');
    const received = await first.next();
    const second = await HttpListener.start(relay, 'web', () => undefined, { id });
    await first.closed;
    respond({ ...received, channel: second.control }, 'here again');
    expect(String((await asked).body)).toBe('here again');
  });

  it('may have the renewal of a token between its two messages', async () => {
    const answer = await served((received) => {
      received.channel.send(head(received, { body: true }));
      received.channel.send(JSON.stringify({ renewToken: { token: tokenFor(relay, 'web') } }));
      received.channel.send(Buffer.from('hello'));
    });
    expect(String(answer.body)).toBe('hello');
  });

  it.each<[string, number, Handler]>([
    ['a body above 1 MiB', 1009, (received) => respond(received, Buffer.alloc(1_048_577))],
    ['a body far above that', 1009, (received) => respond(received, Buffer.alloc(4_000_000))],
    ['a head above 64 KiB', 1009, ({ channel }) => channel.send(`{"response":"${'x'.repeat(65_536)}"}`)],
    ['a body that no response announced', 1002, ({ channel }) => channel.send(Buffer.from('x'))],
    [
      'a response in the place of a body',
      1002,
      (received) => {
        received.channel.send(head(received, { body: true }));
        received.channel.send(head(received));
      },
    ],
    [
      'a status that is none',
      1002,
      ({ channel, request }) => {
        channel.send(`{"response":{"requestId":"${request.id}","statusCode":"OK"}}`);
      },
    ],
  ])('cannot be %s', async (_, code, handler) => {
    const listener = await HttpListener.start(relay, 'web', handler);
    const asked = ask(relay, 'web');
    expect(await listener.closed).toMatchObject({ code });
    await relay.close();
    expect((await asked).status).toBeGreaterThanOrEqual(502);
  });
});

describe('a response on a rendezvous', () => {
  type Writer = (received: Received) => void | Promise<void>;
  const dialling =
    (write: Writer): Handler =>
    async (received, listener) => {
      await write({ ...received, channel: await listener.dial(received.request.address) });
    };
  const withHead = (received: Received) => {
    received.channel.send(head(received, { body: true }));
    return received.channel;
  };

  it.each<[string, string | Buffer, Writer]>([
    [
      '.NET',
      BODY,
      (received) => {
        fragments(withHead(received), [...pieces(50_000), '']);
        received.channel.close(1000, 'NormalClosure');
      },
    ],
    [
      '.NET, without a body',
      '',
      (received) => {
        received.channel.send(head(received));
        received.channel.close(1000, 'NormalClosure');
      },
    ],
    [
      'Java, which never ends its message',
      BODY,
      (received) => {
        fragments(withHead(received), pieces(50_000), false);
        received.channel.close(1000, 'NormalClosure');
      },
    ],
    ['Java, with nothing in the body', '', (received) => withHead(received).close(1000)],
    [
      'a listener that closes without a code',
      'hello',
      (received) => {
        fragments(withHead(received), ['hello'], false);
        received.channel.close();
      },
    ],
    ['hyco-https, which never closes', BODY, (received) => fragments(withHead(received), pieces(50_000))],
    [
      'Python',
      BODY,
      (received) => {
        withHead(received).send(BODY);
        received.channel.close(1000);
      },
    ],
    [
      'a listener that writes byte by byte',
      'hello',
      (received) =>
        fragments(
          withHead(received),
          [...'hello'].map((letter) => Buffer.from(letter)),
        ),
    ],
    [
      'a listener that sends its head in fragments',
      'hello',
      (received) => {
        const text = head(received, { body: true });
        received.channel.send(text.slice(0, 20), { fin: false });
        received.channel.send(text.slice(20));
        received.channel.send(Buffer.from('hello'));
      },
    ],
    [
      'a listener that pings in between',
      'hello',
      (received) => {
        withHead(received).ping('x');
        received.channel.send(Buffer.from('hel'), { fin: false });
        received.channel.ping('y');
        received.channel.send(Buffer.from('lo'));
      },
    ],
  ])('as from %s', async (_, body, write) => {
    const answer = await served(dialling(write));
    expect(answer).toMatchObject({ status: 200, headers: { via: '1.1 localhost' } });
    expect(answer.body.equals(Buffer.from(body))).toBe(true);
  });

  it('that is whole is closed by the relay, if not by the listener', async () => {
    const closed: unknown[] = [];
    await served(
      dialling((received) => {
        received.channel.once('close', (code) => closed.push(code));
        withHead(received).send(BODY);
      }),
    );
    await expect.poll(() => closed).toEqual([1000, 1000]);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('to %s with %d reaches the sender without its body', async (method, statusCode) => {
    const answer = await served(
      dialling((received) => {
        received.channel.send(head(received, { body: true, statusCode }));
        received.channel.send(BODY);
      }),
      method,
    );
    expect(answer).toMatchObject({ status: statusCode, body: Buffer.alloc(0) });
    expect(answer.headers).not.toHaveProperty('transfer-encoding');
  });

  it.each<[string, Writer]>([
    ['drops the connection', ({ channel }) => channel.terminate()],
    ['closes with an error', ({ channel }) => channel.close(1011)],
    [
      'breaks the protocol',
      ({ channel }) => channel.send(Buffer.from('x'), { compress: false, mask: false } as object),
    ],
  ])('of a listener that %s is cut for the sender, too', async (_, breakOff) => {
    await HttpListener.start(
      relay,
      'web',
      dialling(async (received) => {
        fragments(withHead(received), [BODY.subarray(0, 1000)], false);
        await new Promise((resolve) => setTimeout(resolve, 50));
        breakOff(received);
      }),
    );
    await expect(ask(relay, 'web')).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it.each<[string, number, Writer]>([
    ['drops the connection', 502, ({ channel }) => channel.terminate()],
    ['closes', 502, ({ channel }) => channel.close(1000)],
    ['sends something else', 502, ({ channel }) => channel.send('hello')],
    ['sends a body first', 502, ({ channel }) => channel.send(Buffer.from('hello'))],
    ['sends a head that never ends', 502, ({ channel }) => channel.send('x'.repeat(70_000), { fin: false })],
    ['answers another request', 502, (received) => received.channel.send(head(received, { requestId: 'x' }))],
    [
      'goes on instead of answering',
      502,
      (received) => received.channel.send(head(received, { statusCode: 100 })),
    ],
  ])('of a listener that %s before its head is a %d', async (_, status, write) => {
    const answer = await served(dialling(write));
    expect(answer).toMatchObject({ status });
    expect(answer.headers).not.toHaveProperty('via');
    expect(JSON.parse(String(answer.body))).toMatchObject({
      error: { message: expect.stringContaining('TrackingId:') },
    });
  });

  it('can be given once; a second dial is told that it came too late', async () => {
    await HttpListener.start(relay, 'web', async (received, listener) => {
      const first = await listener.dial(received.request.address);
      const second = await listener.dial(received.request.address);
      const [code] = await once(second, 'close');
      respond({ ...received, channel: first }, `second: ${code}`);
    });
    expect(String((await ask(relay, 'web')).body)).toBe('second: 1001');
  });
});

describe('a listener that dials when the sender has left', () => {
  it('is let in, and told so with 1001: one client cannot bear to be refused', async () => {
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const request = begin(relay, 'web').on('error', () => undefined);
    request.end();
    const { request: received } = await listener.next();
    request.destroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const channel = await listener.dial(received.address);
    channel.send('{"response":{}}');
    const [code, reason] = await once(channel, 'close');
    expect([code, String(reason)]).toEqual([1001, expect.stringContaining('The request is over')]);
  });

  it('or that answers then is told so with 1001', async () => {
    const listener = await HttpListener.start(relay, 'web', () => undefined);
    const request = begin(relay, 'web').on('error', () => undefined);
    request.end();
    const received = await listener.next();
    const channel = await listener.dial(received.request.address);
    const answered = answerTo(request);
    fragments(channel, [], false);
    channel.send(head(received, { body: true }));
    channel.send(Buffer.from('x'), { fin: false });
    await once(request, 'response');
    request.destroy();
    await expect(answered).rejects.toThrow();
    const [code] = await once(channel, 'close');
    expect(code).toBe(1001);
  });
});
