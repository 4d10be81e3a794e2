/** Applications written for `http.Server`, handed over as they are. */
import http from 'node:http';
import { Readable } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';
import type { HybridConnectionListener } from '../src/index.js';
import { type Answer, FakeRequests } from './fake-requests.js';
import { useSetting } from './setting.js';

const setting = useSetting();
const LARGE = 'x'.repeat(300_000);
let relay: FakeRequests;

/** The same application, in four manners: `/` greets, `/echo` sends back JSON, `/large` streams, `/throws` does. */
const APPLICATIONS: Record<string, (listener: HybridConnectionListener) => unknown> = {
  'http.Server': (listener) => {
    const server = http.createServer(async (request, response) => {
      switch (new URL(request.url!, 'http://a').pathname) {
        case '/sql/':
          response.setHeader('Content-Type', 'text/plain').end(`hello ${request.socket.remoteAddress}`);
          break;
        case '/sql/echo': {
          const chunks: Buffer[] = [];
          for await (const chunk of request) chunks.push(chunk as Buffer);
          response.setHeader('Content-Type', 'application/json');
          response.end(JSON.stringify({ got: JSON.parse(Buffer.concat(chunks).toString()) }));
          break;
        }
        case '/sql/large':
          Readable.from([LARGE.slice(0, 100), LARGE.slice(100)]).pipe(response);
          break;
        case '/sql/throws':
          response.writeHead(500).end();
          break;
        default:
          response.writeHead(404).end();
      }
    });
    listener.attach(server);
  },

  Express: (listener) => {
    const router = express.Router();
    router.use(express.json());
    router.get('/', (request, response) => void response.type('text/plain').send(`hello ${request.ip}`));
    router.post('/echo', (request, response) => void response.json({ got: request.body }));
    router.get('/large', (_request, response) => {
      Readable.from([LARGE.slice(0, 100), LARGE.slice(100)]).pipe(response);
    });
    router.get('/throws', () => {
      throw Object.assign(new Error('expected'), { expose: false });
    });
    const app = express();
    app.set('env', 'test');
    app.use('/sql', router);
    listener.attach(app);
  },

  Fastify: async (listener) => {
    const app = Fastify();
    app.get('/sql/', async (request, reply) => reply.type('text/plain').send(`hello ${request.ip}`));
    app.post('/sql/echo', async (request) => ({ got: request.body }));
    app.get('/sql/large', async (_request, reply) =>
      reply.send(Readable.from([LARGE.slice(0, 100), LARGE.slice(100)])),
    );
    app.get('/sql/throws', async () => {
      throw new Error('expected');
    });
    await app.ready();
    listener.attach(app.routing);
  },

  "Fastify's server": async (listener) => {
    const app = Fastify();
    app.get('/sql/', async (request, reply) => reply.type('text/plain').send(`hello ${request.ip}`));
    app.post('/sql/echo', async (request) => ({ got: request.body }));
    app.get('/sql/large', async () => LARGE);
    app.get('/sql/throws', async () => {
      throw new Error('expected');
    });
    await app.ready();
    listener.attach(app.server);
  },

  Hono: (listener) => {
    const app = new Hono({ strict: false }).basePath('/sql');
    app.get('/', (context) =>
      context.text(
        `hello ${(context.env as { incoming: http.IncomingMessage }).incoming.socket.remoteAddress}`,
      ),
    );
    app.post('/echo', async (context) => context.json({ got: await context.req.json() }));
    app.get('/large', (context) =>
      context.body(
        new ReadableStream({
          async start(controller) {
            const encoder = new TextEncoder();
            controller.enqueue(encoder.encode(LARGE.slice(0, 100)));
            await new Promise((resolve) => setTimeout(resolve, 10));
            controller.enqueue(encoder.encode(LARGE.slice(100)));
            controller.close();
          },
        }),
      ),
    );
    app.get('/throws', () => {
      throw new Error('expected');
    });
    app.onError((_error, context) => context.text('', 500));
    listener.attach(getRequestListener(app.fetch));
  },
};

describe.each(Object.entries(APPLICATIONS))('an application of %s', (_name, attach) => {
  beforeEach(async () => {
    relay = new FakeRequests(setting.relay);
    const listener = setting.listener();
    await attach(listener);
    await listener.listen();
  });

  it('answers', async () => {
    const answer = await relay.ask({ target: '/sql/' });
    expect(answer).toMatchObject({ way: 'control', status: 200 });
    expect(header(answer, 'content-type')).toContain('text/plain');
    expect(String(answer.body)).toBe('hello 203.0.113.7');
  });

  it.each(['ask', 'point'] as const)('reads a body (%s)', async (way) => {
    const answer = await relay[way]({
      method: 'POST',
      target: '/sql/echo',
      headers: { 'Content-Type': 'application/json' },
      body: '{"a":[1,2]}',
    });
    expect(header(answer, 'content-type')).toContain('application/json');
    expect(JSON.parse(String(answer.body))).toEqual({ got: { a: [1, 2] } });
  });

  it('streams', async () => {
    const answer = await relay.ask({ target: '/sql/large' });
    expect(answer).toMatchObject({ way: 'rendezvous', status: 200, isWhole: true });
    expect(String(answer.body) === LARGE).toBe(true);
  });

  it('answers HEAD without a body', async () => {
    expect(await relay.ask({ method: 'HEAD', target: '/sql/' })).toMatchObject({
      status: 200,
      body: undefined,
    });
  });

  it('says what it does not know, and fails, in its own words', async () => {
    expect((await relay.ask({ target: '/sql/elsewhere' })).status).toBe(404);
    expect((await relay.ask({ target: '/sql/throws' })).status).toBe(500);
    expect(setting.warnings).toEqual([]);
  });

  it('is left by its sender without a trace', async () => {
    const { dialled } = relay.askByHand({ target: '/sql/large' });
    (await dialled).terminate();
    expect((await relay.ask({ target: '/sql/' })).status).toBe(200);
  });
});

function header({ headers }: Answer, name: string): string {
  const [, value] = Object.entries(headers).find(([each]) => each.toLowerCase() === name) ?? [];
  return String(value);
}
