import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, FakeRequests } from '../test/fake-requests.js';
import { ManualClock } from '../test/manual-clock.js';
import { until, useSetting } from '../test/setting.js';
import type { HybridConnectionListener } from './index.js';

const setting = useSetting();
const clock = new ManualClock();
let relay: FakeRequests;
let listener: HybridConnectionListener;

beforeEach(async () => {
  relay = new FakeRequests(setting.relay);
  listener = setting.listener({ clock });
  await listener.listen();
});

/** The request and response of the next request, while the answer is awaited. */
async function asked(method = 'GET'): Promise<[IncomingMessage, ServerResponse, Promise<Answer>]> {
  const arrived = once(listener, 'request') as Promise<[IncomingMessage, ServerResponse]>;
  const answer = relay.ask({ method });
  return [...(await arrived), answer];
}

const KIB_64 = Buffer.alloc(65_536, 'x');

describe('an answer', () => {
  it.each<[string, 'control' | 'rendezvous', (response: ServerResponse) => void]>([
    ['of nothing', 'control', (response) => response.end()],
    ['of 64 KiB at once', 'control', (response) => response.end(KIB_64)],
    [
      'of 64 KiB in pieces',
      'control',
      (response) => {
        response.write(KIB_64.subarray(1));
        response.end('x');
      },
    ],
    ['of more at once', 'rendezvous', (response) => response.end(`${KIB_64}y`)],
    [
      'of more in pieces',
      'rendezvous',
      (response) => {
        response.write(KIB_64);
        response.end('y');
      },
    ],
    [
      'that was flushed',
      'rendezvous',
      (response) => {
        response.flushHeaders();
        response.end('x');
      },
    ],
    [
      'that was begun two seconds before its end',
      'rendezvous',
      (response) => {
        response.write('x');
        clock.advance(2_000);
        response.end('y');
      },
    ],
    [
      'that begins late',
      'control',
      (response) => {
        clock.advance(10_000);
        response.end('x');
      },
    ],
  ])('%s goes by the %s', async (_what, way, give) => {
    const [, response, answer] = await asked();
    give(response);
    expect(await answer).toMatchObject({ way, status: 200, description: 'OK', isWhole: true });
  });

  it('keeps its bytes and their order, whatever goes before the rendezvous is open', async () => {
    const [, response, answer] = await asked();
    const parts = Array.from({ length: 50 }, (_, i) => Buffer.alloc(i * 997, i));
    for (const part of parts) response.write(part);
    response.flushHeaders();
    response.end('é', 'latin1');
    const { body } = await answer;
    expect(body?.equals(Buffer.concat([...parts, Buffer.from([0xe9])]))).toBe(true);
  });

  it('carries its headers in their spelling, cookies apart, and none of the connection', async () => {
    const [, response, answer] = await asked();
    response.setHeader('X-Number', 7);
    response.setHeader('X-List', ['a', 'b']);
    response.setHeader('Set-Cookie', ['a=1', 'b=2; Expires=Thu, 01 Jan 2030 00:00:00 GMT']);
    response.writeHead(418, ['X-One', '1', 'X-Two', '2', 'Connection', 'close', 'Content-Length', '4']);
    response.end('body');
    expect(await answer).toMatchObject({ status: 418, description: "I'm a Teapot" });
    expect((await answer).headers).toEqual({
      'X-Number': '7',
      'X-List': 'a, b',
      'Set-Cookie': ['a=1', 'b=2; Expires=Thu, 01 Jan 2030 00:00:00 GMT'],
      'X-One': '1',
      'X-Two': '2',
    });
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('to %s with status %d has no body', async (method, status) => {
    const [, response, answer] = await asked(method);
    response.statusCode = status;
    let isWritten = false;
    response.write('one', () => {
      isWritten = true;
    });
    response.end('two');
    expect(await answer).toMatchObject({ way: 'control', status, body: undefined });
    expect(isWritten).toBe(true);
  });

  it('to HEAD that was flushed has no body either', async () => {
    const [, response, answer] = await asked('HEAD');
    response.flushHeaders();
    response.end('two');
    expect(await answer).toMatchObject({ way: 'rendezvous', status: 200, body: undefined, isWhole: true });
  });

  it('tells its state as with http.Server', async () => {
    const [request, response, answer] = await asked();
    const events: string[] = [];
    for (const event of ['finish', 'close', 'error']) response.on(event, () => events.push(event));
    const state = () => [
      response.headersSent,
      response.writableEnded,
      response.writableFinished,
      response.destroyed,
    ];
    expect(state()).toEqual([false, false, false, false]);
    response.write('a');
    expect(state()).toEqual([true, false, false, false]);
    expect(() => response.setHeader('X', '1')).toThrow(
      expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }),
    );
    expect(() => response.writeHead(200)).toThrow(expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }));
    await new Promise<void>((resolve) => response.end('b', resolve));
    await answer;
    await until(() => response.destroyed);
    expect(state()).toEqual([true, true, true, true]);
    expect(events).toEqual(['finish', 'close']);
    expect(request.destroyed).toBe(true);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['ERR_STREAM_WRITE_AFTER_END', (response) => response.end() && response.write('x')],
    ['ERR_INVALID_ARG_TYPE', (response) => response.write(7)],
    ['ERR_HTTP_INVALID_STATUS_CODE', (response) => response.writeHead(99)],
    ['ERR_HTTP_INVALID_STATUS_CODE', (response) => response.writeHead(101)],
    ['ERR_INVALID_CHAR', (response) => response.writeHead(200, { 'X-App': 'a\nb' })],
  ])('refuses with %s what http.Server does', async (code, misuse) => {
    const [, response, answer] = await asked();
    const error = new Promise((resolve) => {
      response.once('error', resolve);
      try {
        misuse(response);
      } catch (thrown) {
        resolve(thrown);
      }
    });
    expect(await error).toMatchObject({ code });
    response.end();
    expect((await answer).status).toBe(200);
  });

  it('passes over what the wire has no place for', async () => {
    const [, response, answer] = await asked();
    await new Promise<void>((resolve) => response.writeContinue(resolve));
    await new Promise<void>((resolve) => response.writeProcessing(resolve));
    await new Promise<void>((resolve) => response.writeEarlyHints({ link: '</a>; rel=preload' }, resolve));
    response.write('a');
    response.addTrailers({ 'X-Late': '1' });
    response.end();
    expect(await answer).toMatchObject({ status: 200, headers: {}, body: Buffer.from('a') });
  });

  it('with more headers than a message holds becomes a 500, and warns', async () => {
    const [, response, answer] = await asked();
    response.setHeader('X-Large', 'x'.repeat(70_000));
    response.end();
    expect(await answer).toMatchObject({ status: 500, headers: {} });
    expect(setting.warnings[0]?.message).toContain('too many headers');
  });

  it('is cut, and no end, when it is destroyed in the middle', async () => {
    const { dialled } = relay.askByHand();
    const [, response] = (await once(listener, 'request')) as [IncomingMessage, ServerResponse];
    response.write('half');
    response.flushHeaders();
    const webSocket = await dialled;
    await once(webSocket, 'message');
    response.destroy();
    expect((await once(webSocket, 'close'))[0]).toBe(1006);
  });

  it('waits for the relay, which reads it slowly', async () => {
    const { dialled } = relay.askByHand();
    const [, response] = (await once(listener, 'request')) as [IncomingMessage, ServerResponse];
    let produced = 0;
    const source = Readable.from(
      (function* () {
        for (; produced < 1_000; produced += 1) yield KIB_64;
      })(),
      { objectMode: false },
    );
    const sent = pipeline(source, response);
    const webSocket = await dialled;
    (webSocket as unknown as { _socket: { pause(): void } })._socket.pause();
    for (let before = -1; before !== produced; ) {
      before = produced;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(produced).toBeLessThan(500);
    let received = 0;
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) received += data.length;
    });
    webSocket.once('close', () => undefined);
    (webSocket as unknown as { _socket: { resume(): void } })._socket.resume();
    await sent;
    await once(webSocket, 'close');
    expect(received).toBe(65_536_000);
  });
});

describe('an answer whose control channel is gone', () => {
  it('goes by the rendezvous', async () => {
    const [, response, answer] = await asked();
    const back = once(listener, 'online');
    setting.relay.control.terminate();
    await once(listener, 'offline');
    clock.advance(1_000);
    await back;
    response.end('late');
    expect(await answer).toMatchObject({ way: 'rendezvous', body: Buffer.from('late'), isWhole: true });
  });
});

describe('an answer that comes too late', () => {
  it('ends without a warning: the sender went away', async () => {
    const arrived = once(listener, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    const { dialled } = relay.askByHand();
    const [, response] = await arrived;
    response.flushHeaders();
    (await dialled).close(1001, 'gone');
    await once(response, 'close');
    expect(response.writableFinished).toBe(false);
    response.write('nobody reads this');
    response.end();
    expect(setting.warnings).toEqual([]);
  });
});
