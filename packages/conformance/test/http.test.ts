/** HTTP through the relay: our sender and plain ones, our listener, and everything between them. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type http from 'node:http';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HybridConnectionListener, type RequestHandler } from '@hybridge/listener';
import { HybridConnectionManager, managerConfig } from '@hybridge/manager';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { type Answer, type RequestOptions, request } from '@hybridge/sender';
import express from 'express';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverCertificate } from '../src/certificates.js';
import { within } from '../src/deadline.js';
import { requireBuild } from '../src/processes.js';

const MB = 1_000_000;
const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('./programs/http-exits.mjs', import.meta.url));

let relay: RelayServer;
let listener: HybridConnectionListener;
/** Answers at the listener. */
let handle: RequestHandler;

beforeAll(async () => {
  relay = await startRelay({
    hybridConnections: ['web', 'unused', { name: 'open', requiresClientAuthorization: false }],
  });
});
afterAll(() => relay.close({ graceMs: 0 }));

beforeEach(async () => {
  listener = await listen('web');
});
afterEach(() => listener.close({ graceMs: 0 }));

async function listen(name: string): Promise<HybridConnectionListener> {
  const started = new HybridConnectionListener(relay.connectionString(name, 'defaultListener'));
  started.on('request', (asked, answer) => handle(asked, answer));
  started.on('warning', () => undefined);
  await started.listen();
  return started;
}

function ask(options: Partial<RequestOptions> = {}): Promise<Answer> {
  return request({ connectionString: relay.connectionString('web', 'defaultSender'), ...options });
}

/** Where a client that knows nothing of relays goes. */
function address(path: string): string {
  return `${relay.url.replace(/^ws/, 'http').replace(/\/$/, '')}${path}`;
}

/** So many bytes, as they are asked for. */
function source(bytes: number): Readable {
  const chunk = Buffer.alloc(100_000, 'source');
  return Readable.from(
    (function* () {
      for (let left = bytes; left > 0; left -= chunk.length)
        yield chunk.subarray(0, Math.min(left, chunk.length));
    })(),
    { objectMode: false },
  );
}

async function digestOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    hash.update(chunk);
  }
  return `${bytes} ${hash.digest('hex')}`;
}

describe('a request through the relay', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'HEAD'])(
    'may be %s',
    async (method) => {
      handle = async (asked, answer) => {
        answer.writeHead(299, 'Request Processed - OK!', { 'X-Method': `${asked.method} ${asked.url}` });
        answer.end(`got ${await text(asked)}`);
      };
      const body = !['GET', 'HEAD', 'TRACE'].includes(method) ? { body: 'hello' } : {};
      const answer = await ask({ method, path: '/a/b%20c?x=1&y=%2F', ...body });
      expect(answer).toMatchObject({ status: 299, statusText: 'Request Processed - OK!' });
      expect(answer.headers).toMatchObject({
        'x-method': `${method} /web/a/b%20c?x=1&y=%2F`,
        via: '1.1 localhost',
      });
      const expected = method === 'HEAD' ? '' : 'body' in body ? 'got hello' : 'got ';
      expect(await text(answer.body)).toBe(expected);
    },
  );

  it("keeps what the sender says, without what is the relay's", async () => {
    handle = (asked, answer) => answer.end(JSON.stringify(asked.headers));
    const { body } = await ask({
      headers: { Authorization: 'Bearer mine', Cookie: 'a=1; b=2', 'X-App': '1, 2' },
    });
    const headers = JSON.parse(await text(body));
    expect(headers).toMatchObject({
      authorization: 'Bearer mine',
      cookie: 'a=1; b=2',
      'x-app': '1, 2',
      via: '1.1 localhost',
      host: new URL(relay.url).host,
    });
    expect(Object.keys(headers)).not.toContain('servicebusauthorization');
  });

  it('keeps what the listener says, cookies apart', async () => {
    handle = (_asked, answer) => {
      answer.setHeader('Set-Cookie', ['a=1; Expires=Thu, 01 Jan 2030 00:00:00 GMT', 'b=2']);
      answer.setHeader('Content-Type', 'text/plain');
      answer.end('x');
    };
    const { headers, body } = await ask();
    body.resume();
    expect(headers['set-cookie']).toEqual(['a=1; Expires=Thu, 01 Jan 2030 00:00:00 GMT', 'b=2']);
    expect(headers['content-type']).toBe('text/plain');
  });

  const sizes = [0, 1, 65_536, 65_537, MB, 100 * MB];

  describe.each([
    { how: 'with its length', chunked: false },
    { how: 'in chunks', chunked: true },
  ])('with a body $how', ({ chunked }) => {
    it.each(sizes)('carries %i bytes to the listener', async (bytes) => {
      handle = async (asked, answer) => answer.end(await digestOf(asked));
      const { body } = await ask({
        method: 'POST',
        body: source(bytes),
        ...(chunked ? {} : { headers: { 'Content-Length': `${bytes}` } }),
      });
      expect(await text(body)).toBe(await digestOf(source(bytes)));
    });

    it.each(sizes)('carries %i bytes from the listener', async (bytes) => {
      handle = (_asked, answer) => {
        if (!chunked) answer.setHeader('Content-Length', bytes);
        source(bytes).pipe(answer);
      };
      const { body } = await ask();
      expect(await digestOf(body)).toBe(await digestOf(source(bytes)));
    });
  });

  it('carries 100 MB there and back at the same time, and holds little of it', async () => {
    handle = (asked, answer) => asked.pipe(answer);
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const { body } = await ask({ method: 'POST', body: source(100 * MB) });
    expect(await digestOf(body)).toBe(await digestOf(source(100 * MB)));
    clearInterval(watch);
    expect(most - before).toBeLessThan(150 * MB);
  });

  it('carries 32 kB of headers both ways', async () => {
    const value = 'v'.repeat(1_000);
    const headers = Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`X-Header-${i}`, value]));
    handle = (asked, answer) => {
      const got = Object.keys(asked.headers).filter((name) => name.startsWith('x-header-')).length;
      answer.writeHead(200, headers).end(`${got}`);
    };
    const answer = await ask({ headers });
    expect(await text(answer.body)).toBe('31');
    expect(answer.headers['x-header-30']).toBe(value);
  });

  it('can be one of a hundred, answered in any order', async () => {
    handle = async (asked, answer) => {
      const body = await buffer(asked);
      await sleep(Math.random() * 100);
      answer.end(body);
    };
    const bodies = Array.from({ length: 100 }, (_, i) => randomBytes(i * 1_500));
    const answers = await Promise.all(
      bodies.map(async (body) => buffer((await ask({ method: 'POST', body })).body)),
    );
    expect(answers.every((each, i) => each.equals(bodies[i]!))).toBe(true);
  });

  it('gets the beginning of an answer while the rest is still to come', async () => {
    let goOn = () => {};
    handle = (_asked, answer) => {
      answer.writeHead(200, { 'Content-Type': 'text/event-stream' });
      answer.flushHeaders();
      answer.write('data: 1\n\n');
      goOn = () => answer.end('data: 2\n\n');
    };
    const { body } = await ask();
    expect(String(await first(body))).toBe('data: 1\n\n');
    goOn();
    expect(await text(body)).toBe('data: 2\n\n');
  });

  it('that its sender abandons ends at the listener', async () => {
    let closed: Promise<unknown> = Promise.resolve();
    handle = (_asked, answer) => {
      closed = once(answer, 'close');
      answer.write('x');
      answer.flushHeaders();
    };
    const { body } = await ask();
    body.destroy();
    await within(closed, 20_000, 'the end at the listener');
  });

  it('whose answer is cut at the listener is cut at the sender', async () => {
    handle = (_asked, answer) => {
      answer.write('half');
      answer.flushHeaders();
      setTimeout(() => answer.destroy(), 50);
    };
    const { body } = await ask();
    await expect(text(body)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('that the listener is closed in is answered all the same', async () => {
    let answer!: http.ServerResponse;
    const arrived = new Promise<void>((resolve) => {
      handle = (_asked, given) => {
        answer = given;
        resolve();
      };
    });
    const answered = ask();
    await arrived;
    const closed = listener.close();
    await sleep(100);
    answer.end('a last word');
    expect(await text((await answered).body)).toBe('a last word');
    await closed;
  });

  it('lets the process exit by itself', async () => {
    requireBuild();
    handle = (_asked, answer) => answer.end('hello');
    const connectionString = relay.connectionString('web', 'defaultSender');
    const { stdout } = await run(process.execPath, [
      PROGRAM,
      JSON.stringify({ client: 'request', connectionString }),
    ]);
    expect(stdout).toBe('hello\nhello\n');
  });
});

describe('a request that nobody takes', () => {
  it('fails where nobody listens', async () => {
    const connectionString = relay.connectionString('unused', 'defaultSender');
    await expect(request(connectionString)).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      cause: { code: 'ERR_RELAY_NO_LISTENER', status: 502 },
    });
  });

  it("fails with a key that is not the sender's", async () => {
    const connectionString = relay.connectionString('web', 'defaultListener');
    await expect(request(connectionString)).rejects.toMatchObject({
      code: 'EACCES',
      cause: { code: 'ERR_RELAY_FORBIDDEN', status: 403 },
    });
  });

  it('is answered with 501 where the listener takes connections only', async () => {
    listener.removeAllListeners('request');
    const { status, statusText, headers } = await ask();
    expect(status).toBe(501);
    expect(statusText).toMatch(/^The listener RequestHandler has not been configured\. TrackingId:/);
    expect(headers.via).toBe('1.1 localhost');
  });

  it('is answered with 501 by a manager, whose targets are reached by TCP', async () => {
    const connectionString = relay.connectionString('unused', 'defaultListener');
    const manager = new HybridConnectionManager(
      managerConfig({ connections: [{ connectionString, endpoint: '127.0.0.1:9' }] }),
    );
    manager.start();
    await manager.settled({ timeoutMs: 10_000 });
    const { status, statusText } = await request(relay.connectionString('unused', 'defaultSender'));
    await manager.stop({ graceMs: 0 });
    expect(status).toBe(501);
    expect(statusText).toContain('The listener RequestHandler has not been configured.');
  });
});

describe('over TLS', () => {
  it('requests and answers are carried, and the address is https', async () => {
    const { ca, cert, key } = await serverCertificate(['localhost']);
    const secure = await startRelay({ hybridConnections: ['web'], listen: { tls: { cert, key } } });
    const exposed = new HybridConnectionListener({
      connectionString: secure.connectionString('web', 'defaultListener'),
      tls: { ca },
    });
    exposed.attach((asked, answer) => {
      answer.setHeader('X-Encrypted', `${'encrypted' in asked.socket && asked.socket.encrypted}`);
      asked.pipe(answer);
    });
    await exposed.listen();
    const { headers, body } = await request({
      connectionString: secure.connectionString('web', 'defaultSender'),
      tls: { ca },
      method: 'POST',
      body: source(5 * MB),
    });
    expect(headers['x-encrypted']).toBe('true');
    expect(await digestOf(body)).toBe(await digestOf(source(5 * MB)));
    await exposed.close({ graceMs: 0 });
    await secure.close({ graceMs: 0 });
  });
});

describe('an Express application behind the relay', () => {
  const found = spawnSync('curl', ['--version']).status === 0;
  if (!found) console.log('curl is not on this machine: its tests are skipped');
  let exposed: HybridConnectionListener;

  beforeAll(async () => {
    const app = express();
    app.use('/open', express.json());
    app.get('/open/orders/:id', (asked, answer) => void answer.json({ id: asked.params.id, from: asked.ip }));
    app.post('/open/orders', (asked, answer) => void answer.status(201).json({ got: asked.body }));
    app.put('/open/upload', async (asked, answer) => void answer.send(await digestOf(asked)));
    app.get('/open/download', (_asked, answer) => void source(5 * MB).pipe(answer));
    exposed = new HybridConnectionListener(relay.connectionString('open', 'defaultListener'));
    exposed.attach(app);
    await exposed.listen();
  });
  afterAll(() => exposed.close({ graceMs: 0 }));

  const curl = async (...args: string[]) =>
    (await run('curl', ['-sS', ...args], { maxBuffer: 20 * MB })).stdout;

  it.skipIf(!found)('is called by curl', async () => {
    expect(JSON.parse(await curl(address('/open/orders/7')))).toEqual({ id: '7', from: '127.0.0.1' });
    const posted = await curl('--json', '{"item":"tea"}', '-w', ' %{http_code}', address('/open/orders'));
    expect(posted).toBe('{"got":{"item":"tea"}} 201');
    expect(await curl('-I', address('/open/orders/7'))).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', address('/open/nowhere'))).toBe('404');
    expect(await curl('-o', '/dev/null', '-w', '%{http_code}', address('/web/'))).toBe('401');
  });

  it.skipIf(!found)('takes from and gives to curl what is large', async () => {
    const bytes = await curl('-o', '/dev/null', '-w', '%{size_download}', address('/open/download'));
    expect(bytes).toBe(`${5 * MB}`);
    const upload = run('curl', ['-sS', '-T', '-', '-H', 'Expect: 100-continue', address('/open/upload')]);
    source(5 * MB).pipe(upload.child.stdin!);
    expect((await upload).stdout).toBe(await digestOf(source(5 * MB)));
  });
});

async function first(stream: Readable): Promise<Buffer> {
  for (;;) {
    const chunk: Buffer | null = stream.read();
    if (chunk !== null) return chunk;
    await once(stream, 'readable');
  }
}
