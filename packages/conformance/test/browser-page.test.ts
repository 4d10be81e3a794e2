/**
 * An application behind the relay, seen by a person: the page comes through the relay, and so do its requests and the
 * WebSocket that it opens.
 */
import { HybridConnectionListener } from '@hybridge/listener';
import { type RelayServer, startRelay } from '@hybridge/relay';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Chromium, type Page } from '../src/browser/chromium.js';
import { findChromium } from '../src/browser/find-chromium.js';
import { until } from '../src/deadline.js';

const found = findChromium();

/** The page knows its own address, and with it the relay, the hybrid connection and the token. */
const HTML = `<!doctype html><meta charset="utf-8"><title>Orders</title><h1>loading</h1><script type="module">
const { host, pathname, search } = location;
const name = pathname.split('/')[1];
const orders = await fetch('/' + name + '/orders' + search).then((answer) => answer.json());
const created = await fetch('/' + name + '/orders' + search, { method: 'POST', body: JSON.stringify({ item: 'ø' }) });
const socket = new WebSocket('ws://' + host + '/$hc/' + name + '/live' + search, ['orders.v1']);
socket.onopen = () => socket.send('hello');
socket.onmessage = async ({ data }) => {
  const text = typeof data === 'string' ? data : await data.text();
  window.seen = { orders, created: created.status, protocol: socket.protocol, text };
  document.querySelector('h1').textContent = 'ready';
};
</script>`;

describe.skipIf(found.missing)('an Express application behind the relay', () => {
  let relay: RelayServer | undefined;
  let listener: HybridConnectionListener | undefined;
  let chromium: Chromium | undefined;
  let page: Page;
  const created: unknown[] = [];

  beforeAll(async () => {
    relay = await startRelay({ hybridConnections: [{ name: 'web', requiresClientAuthorization: false }] });
    listener = new HybridConnectionListener(relay.connectionString('web', 'defaultListener'));
    const app = express();
    app.get('/web/', (_request, response) => {
      response.type('html').send(HTML);
    });
    app.get('/web/orders', (_request, response) => {
      response.json([{ id: 1 }]);
    });
    app.post('/web/orders', express.text({ type: '*/*' }), (request, response) => {
      created.push(JSON.parse(request.body));
      response.status(201).end();
    });
    listener.attach(app);
    listener.on('connection', (socket) => {
      socket.on('data', (bytes) => socket.write(`${bytes}, too`));
    });
    await listener.listen();
    chromium = await Chromium.start(found.programs!.chromium);
    page = await chromium.open(`${relay.url.replace(/^ws/, 'http').replace(/\/$/, '')}/web/`);
  });
  afterAll(async () => {
    await chromium?.stop();
    await listener?.close({ graceMs: 0 });
    await relay?.close({ graceMs: 0 });
  });

  it('is a page that fetches, posts and opens a WebSocket', async () => {
    const isReady = async () =>
      (await page.evaluate("document.querySelector('h1')?.textContent")) === 'ready';
    await until(isReady, 15_000, 'the page to be ready');
    expect(await page.evaluate('window.seen')).toEqual({
      orders: [{ id: 1 }],
      created: 201,
      protocol: 'orders.v1',
      text: 'hello, too',
    });
    expect(created).toEqual([{ item: 'ø' }]);
  });
});
