/**
 * The HTTP suite: all that one HTTP listener and one sender may expect of each other.
 *
 * Source: docs/protocol.md, section 4 (HTTP requests).
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Place } from '../relay-suite/subjects.js';
import { LocalRelay, type Venue } from '../relay-suite/venues.js';
import type {
  Asked,
  Handler,
  HttpListenerSubject,
  HttpSenderSubject,
  RunningHttpListener,
} from './subjects.js';

const KIB = 1024;
/** Nothing, next to nothing, and both sides of what fits a control channel. */
const SIZES = [0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 1_000_000];
const HUGE = 100_000_000;
/** Made once for all pairings: to fill and to digest it takes about as long as to send it. */
let huge: { readonly bytes: Buffer; readonly digest: string } | undefined;
function hugeBody() {
  if (huge === undefined) {
    const bytes = Buffer.alloc(HUGE, 'of 100 MB!');
    huge = { bytes, digest: digest(bytes) };
  }
  return huge;
}

/** What is there to ask while a test runs. */
interface Stage {
  /** Puts a listener online for this test. */
  answer(handler: Handler): Promise<{ readonly place: Place; readonly listener: RunningHttpListener }>;
  readonly sender: HttpSenderSubject;
  readonly subject: HttpListenerSubject;
}

/** Defines the suite for one pairing. @param venue - a relay of its own unless it is to be another place */
export function httpSuite(
  subject: HttpListenerSubject,
  sender: HttpSenderSubject,
  venue: Venue = new LocalRelay('ws'),
): void {
  describe(`${subject.name} ← ${sender.name}`, () => {
    const listeners: RunningHttpListener[] = [];
    beforeAll(() => venue.open());
    afterEach(async () => {
      await Promise.all(listeners.splice(0).map((listener) => listener.close()));
    });
    afterAll(() => venue.close());
    const stage: Stage = {
      subject,
      sender,
      async answer(handler) {
        const place = venue.place();
        const listener = await subject.listen(place, handler);
        listeners.push(listener);
        return { place, listener };
      },
    };
    describe('methods', () => methodTests(stage));
    describe('request bodies', () => requestBodyTests(stage));
    describe('response bodies', () => responseBodyTests(stage));
    describe('headers', () => headerTests(stage));
    describe('statuses', () => statusTests(stage));
    describe('many at once', () => crowdTests(stage));
    describe('failures', () => failureTests(stage));
  });
}

function methodTests({ answer, sender }: Stage): void {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', ...(sender.traces ? ['TRACE'] : [])];

  it.each(methods)('%s arrives, with path and query as they were', async (method) => {
    const { place } = await answer((asked, answering) => {
      answering.writeHead(200, { 'X-Seen': `${asked.method} ${asked.url}` });
      answering.end('seen');
    });
    const { status, headers, body } = await sender.ask(place, { method, path: '/a%20b/c?x=1&x=2&y=%2F' });
    expect({ status, body: body.toString() }).toEqual({ status: 200, body: 'seen' });
    expect(headers['x-seen']).toBe(`${method} /${place.entity}/a%20b/c?x=1&x=2&y=%2F`);
  });

  it('HEAD is answered without a body', async () => {
    const { place } = await answer((asked, answering) => {
      answering.writeHead(200, { 'X-Seen': asked.method });
      answering.end();
    });
    const { headers, body } = await sender.ask(place, { method: 'HEAD' });
    expect(headers['x-seen']).toBe('HEAD');
    expect(body.length).toBe(0);
    // The stray message that hyco-https sends after it is nobody's body.
    expect((await sender.ask(place)).headers['x-seen']).toBe('GET');
  });
}

function requestBodyTests({ answer, sender }: Stage): void {
  const digestAnswer: Handler = (asked, answering) => {
    bodyOf(asked, (body) => {
      answering.writeHead(200, {});
      answering.end(`${body.length} ${digest(body)}`);
    });
  };

  it.each(SIZES)('of %i bytes arrives', async (size) => {
    const { place } = await answer(digestAnswer);
    const sent = randomBytes(size);
    const { body } = await sender.ask(place, { method: 'POST', body: sent });
    expect(body.toString()).toBe(`${size} ${digest(sent)}`);
  });

  it.each([1, 100_000, 3_000_000])('of %i bytes arrives in chunks', async (size) => {
    const { place } = await answer(digestAnswer);
    const sent = randomBytes(size);
    const { body } = await sender.ask(place, { method: 'PUT', body: inChunks(sent) });
    expect(body.toString()).toBe(`${size} ${digest(sent)}`);
  });

  it('of 100 MB arrives', async () => {
    const { place } = await answer(digestAnswer);
    const sent = hugeBody();
    const { body } = await sender.ask(place, { method: 'POST', body: sent.bytes });
    expect(body.toString()).toBe(`${HUGE} ${sent.digest}`);
  }, 60_000);
}

function responseBodyTests({ answer, sender }: Stage): void {
  it.each(SIZES)('of %i bytes comes back', async (size) => {
    const sent = randomBytes(size);
    const { place } = await answer((_, answering) => {
      answering.writeHead(200, {});
      // hyco-https answers nothing at all when it is given an empty buffer.
      if (size === 0) answering.end();
      else answering.end(sent);
    });
    const { body } = await sender.ask(place);
    expect(`${body.length} ${digest(body)}`).toBe(`${size} ${digest(sent)}`);
  });

  it.each([
    [3, 10],
    [50, 10_000],
  ])('comes back that is written as %i chunks of %i bytes', async (count, size) => {
    const sent = randomBytes(count * size);
    const { place } = await answer((_, answering) => {
      answering.writeHead(200, {});
      for (let at = 0; at < sent.length; at += size) answering.write(sent.subarray(at, at + size));
      answering.end();
    });
    const { body } = await sender.ask(place);
    expect(`${body.length} ${digest(body)}`).toBe(`${sent.length} ${digest(sent)}`);
  });

  it('of 100 MB comes back', async () => {
    const chunkBytes = 1_000_000;
    const { bytes, digest: expected } = hugeBody();
    const { place } = await answer((_, answering) => {
      answering.writeHead(200, {});
      void (async () => {
        for (let sent = 0; sent < HUGE; sent += chunkBytes) {
          if (!answering.write(bytes.subarray(sent, sent + chunkBytes))) await drained(answering);
        }
        answering.end();
      })();
    });
    const { body } = await sender.ask(place);
    expect(`${body.length} ${digest(body)}`).toBe(`${HUGE} ${expected}`);
  }, 60_000);
}

function headerTests({ answer, sender, subject }: Stage): void {
  const tellHeaders: Handler = (asked, answering) => {
    answering.writeHead(200, { 'Content-Type': 'application/json' });
    answering.end(JSON.stringify(asked.headers));
  };

  it('of the request arrive, all but the credential and what was between the sender and the relay', async () => {
    const { place } = await answer(tellHeaders);
    const { body } = await sender.ask(place, { headers: { 'X-App': 'payroll', Cookie: 'a=1; b=2' } });
    const seen = JSON.parse(body.toString());
    expect(seen).toMatchObject({
      'x-app': 'payroll',
      cookie: 'a=1; b=2',
      via: expect.stringMatching(/^1\.1 \S+$/),
    });
    expect(Object.keys(seen)).not.toEqual(expect.arrayContaining(['connection']));
    expect(body.toString()).not.toContain('SharedAccessSignature');
  });

  it('of the request may be 30 kB together', async () => {
    const { place } = await answer(tellHeaders);
    const headers = Object.fromEntries(
      Array.from({ length: 30 }, (_, index) => [`x-long-${index}`, 'v'.repeat(950)]),
    );
    const { status, body } = await sender.ask(place, { headers });
    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toMatchObject(headers);
  });

  it('of the response come back, with Via to tell that a listener answered', async () => {
    const { place } = await answer((_, answering) => {
      answering.writeHead(200, { 'X-App': 'payroll', 'Content-Type': 'text/plain; charset=utf-8' });
      answering.end('ø');
    });
    const { headers, body } = await sender.ask(place);
    expect(headers).toMatchObject({
      'x-app': 'payroll',
      'content-type': 'text/plain; charset=utf-8',
      via: expect.stringContaining('1.1 '),
    });
    expect(body.toString()).toBe('ø');
  });

  it('of the response may have several values', async () => {
    const cookies = ['a=1; Path=/', 'b=2; Expires=Wed, 21 Oct 2030 07:28:00 GMT'];
    const { place } = await answer((_, answering) => {
      answering.writeHead(200, { 'Set-Cookie': cookies });
      answering.end();
    });
    const { setCookie } = await sender.ask(place);
    expect(setCookie).toEqual(subject.sendsLists ? cookies : cookies.slice(0, 1));
  });
}

function statusTests({ answer, sender }: Stage): void {
  it.each([200, 201, 202, 299, 400, 401, 404, 418, 450, 500, 502, 503, 504])('%i passes', async (status) => {
    const { place } = await answer((_, answering) => {
      answering.writeHead(status, {});
      answering.end('body');
    });
    const answered = await sender.ask(place);
    expect({ status: answered.status, body: answered.body.toString() }).toEqual({ status, body: 'body' });
  });

  it.each([204, 304])('%i passes, without a body', async (status) => {
    const { place } = await answer((_, answering) => {
      answering.writeHead(status, {});
      answering.end();
    });
    for (let visit = 0; visit < 2; visit += 1) {
      const { status: answered, body } = await sender.ask(place);
      expect({ status: answered, length: body.length }).toEqual({ status, length: 0 });
    }
  });

  it("may have a reason of the listener's own", async () => {
    const { place } = await answer((_, answering) => {
      answering.statusMessage = 'Request Processed - OK!';
      answering.writeHead(200, {});
      answering.end();
    });
    expect((await sender.ask(place)).reason).toBe('Request Processed - OK!');
  });
}

function crowdTests({ answer, sender }: Stage): void {
  it('are answered in any order, each with its own', async () => {
    const waiting: (() => void)[] = [];
    const { place } = await answer((asked, answering) => {
      bodyOf(asked, (body) => {
        waiting.push(() => {
          answering.writeHead(200, {});
          answering.end(Buffer.concat([Buffer.from(asked.url.split('=')[1]!), body]));
        });
        if (waiting.length === 100) for (const each of shuffled(waiting)) each();
      });
    });
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const sent = Buffer.alloc(index * 1_500, String(index));
        const { body } = await sender.ask(place, { method: 'POST', path: `?n=${index}`, body: sent });
        return body.equals(Buffer.concat([Buffer.from(String(index)), sent]));
      }),
    );
    expect(answers).toEqual(Array(100).fill(true));
  });
}

function failureTests({ answer, sender }: Stage): void {
  /** Our own sender throws what the relay says in its own name. */
  const statusOf = (asking: Promise<{ readonly status: number }>) =>
    asking.then(
      ({ status }) => status,
      (error: Error & { cause?: { status?: number } }) => error.cause?.status ?? error,
    );

  it('502 when the only listener is gone', async () => {
    const { place, listener } = await answer(() => {});
    await listener.close();
    expect(await statusOf(sender.ask(place))).toBe(502);
  });

  it('502 when the listener dies before it answers', async () => {
    let asked!: () => void;
    const arrived = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { place, listener } = await answer(() => asked());
    const status = statusOf(sender.ask(place));
    await arrived;
    listener.die();
    expect(await status).toBe(502);
  });
}

function drained(answering: { once(event: 'drain', listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => {
    answering.once('drain', resolve);
    // hyco-https never says that it has drained, and queues what it is given.
    setTimeout(resolve, 5);
  });
}

function inChunks(bytes: Buffer): Readable {
  const size = 30_000;
  const count = Math.ceil(bytes.length / size);
  return Readable.from(
    Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size)),
    { objectMode: false },
  );
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => [Math.random(), item] as const)
    .sort(([a], [b]) => a - b)
    .map(([, item]) => item);
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** By events: an async iterator never ends on hyco-https, whose streams cannot be destroyed. */
function bodyOf(asked: Asked, then: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  asked.on('data', (chunk: Buffer) => chunks.push(chunk));
  asked.on('end', () => then(Buffer.concat(chunks)));
}
