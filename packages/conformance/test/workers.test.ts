/**
 * A relay of several workers, as those see it who connect: it does not matter who ends up where.
 */
import { once } from 'node:events';
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { HybridConnectionListener } from '@hybridge/listener';
import { RelayWorkers, type RelayWorkersAddresses } from '@hybridge/relay';
import { createToken, parseConnectionString } from '@hybridge/sas';
import { connect } from '@hybridge/sender';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { until, within } from '../src/deadline.js';
import { requireBuild } from '../src/processes.js';
import { received } from '../src/traffic.js';

requireBuild();

const WORKERS = 3;
/** So many that each worker gets some: with three of them, all but one in a thousand million times. */
const MANY = 50;

let relay: RelayWorkers;
let addresses: RelayWorkersAddresses;
/** Whether the next test can have the relay of the one before: it takes a second to start. */
let isAsNew = false;
const spoil = () => {
  isAsNew = false;
};
const listeners: HybridConnectionListener[] = [];
/** Closed after each test. */
const sockets: { destroy(): void }[] = [];

beforeEach(async () => {
  if (isAsNew) return;
  await relay?.close({ graceMs: 0 });
  relay = new RelayWorkers({
    workers: { count: WORKERS },
    listen: { port: 0 },
    admin: { port: 0 },
    namespaces: [{ name: 'localhost', hybridConnections: [{ name: 'sql' }, { name: 'web' }] }],
  });
  addresses = await relay.listen();
  isAsNew = true;
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
});
afterAll(() => relay.close({ graceMs: 0 }));

const listenString = (name = 'sql') => relay.connectionString(name, 'defaultListener');
const sendString = (name = 'sql') => relay.connectionString(name, 'defaultSender');

function tokenOf(connectionString: string): string {
  const { entityPath, sharedAccessKeyName, sharedAccessKey } = parseConnectionString(connectionString);
  const resource = `http://localhost/${entityPath}`;
  return createToken({ resource, keyName: sharedAccessKeyName!, key: sharedAccessKey! });
}

/** A control channel and nothing more. @throws Error in the words of the refusal */
async function control(id = ''): Promise<WebSocket> {
  const token = encodeURIComponent(tokenOf(listenString()));
  const query = `sb-hc-action=listen&sb-hc-token=${token}${id && `&sb-hc-id=${id}`}`;
  const socket = new WebSocket(`${relay.url}/$hc/sql?${query}`);
  sockets.push({ destroy: () => socket.terminate() });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_, { statusMessage }) => reject(new Error(statusMessage)));
  });
  return socket;
}

/** Sends back what comes, and answers requests with the length of their bodies. */
async function listen(name = 'sql'): Promise<HybridConnectionListener> {
  const listener = new HybridConnectionListener({ connectionString: listenString(name) });
  listener.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  listener.on('request', (asked, answer) => {
    let bytes = 0;
    asked.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    asked.on('end', () => answer.end(Buffer.alloc(bytes, 'a')));
  });
  listeners.push(listener);
  await listener.listen();
  return listener;
}

/** A tunnel that is open. */
async function open(name = 'sql') {
  const socket = connect({ connectionString: sendString(name) });
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function echo(text: string): Promise<string> {
  const socket = connect({ connectionString: sendString() });
  sockets.push(socket);
  socket.end(text);
  return (await received(socket)).toString();
}

/** At which worker each listener is. */
async function places(name = 'sql'): Promise<number[]> {
  const { namespaces } = await relay.status();
  const found = namespaces[0]!.hybridConnections.find((each) => each.name === name);
  return found!.listeners.map(({ worker }) => worker);
}

/** How many tunnels or requests each worker has had since. */
function tally(event: 'tunnel-opened' | 'request-ended'): Map<number, number> {
  const counts = new Map<number, number>();
  relay.events.on(event, ({ worker }: { readonly worker: number }) => {
    counts.set(worker, (counts.get(worker) ?? 0) + 1);
  });
  return counts;
}

const sum = (counts: Map<number, number>) => [...counts.values()].reduce((total, each) => total + each, 0);

describe('senders of a relay with several workers', () => {
  it('meet the only listener, at whichever worker they are', async () => {
    await listen();
    const met = tally('tunnel-opened');
    for (let n = 0; n < MANY; n += 1) expect(await echo(`number ${n}`)).toBe(`number ${n}`);
    await until(() => sum(met) === MANY, 20_000, 'all tunnels to be told of');
    expect([...met.keys()].sort()).toEqual([1, 2, 3]);
  });

  it('are shared out over all listeners', async () => {
    const counts = [0, 0, 0, 0];
    for (const index of counts.keys()) {
      (await listen()).on('connection', () => {
        counts[index]! += 1;
      });
    }
    for (let n = 0; n < MANY; n += 1) await echo('hello');
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('are told at once that nobody listens', async () => {
    for (let n = 0; n < 10; n += 1) {
      await expect(open()).rejects.toMatchObject({ cause: { status: 404 } });
    }
  });

  it('reach a listener from the moment that it is online, and never after it has closed', async () => {
    for (let n = 0; n < 10; n += 1) {
      const listener = await listen();
      expect(await echo('hello')).toBe('hello');
      await listener.close();
      await expect(open()).rejects.toMatchObject({ cause: { status: 404 } });
    }
  });
});

describe('HTTP requests to a relay with several workers', () => {
  it.each([
    ['without a body', 0],
    ['with a small body', 100],
    ['with the largest body that goes out whole', 65_536],
    ['with a body that is fetched', 300_000],
  ])('%s are answered, at whichever worker they come in', async (_, bytes) => {
    await listen('web');
    const ended = tally('request-ended');
    const ask = async () => {
      const method = bytes === 0 ? 'GET' : 'POST';
      const headers = { ServiceBusAuthorization: tokenOf(sendString('web')) };
      // Each on a connection of its own, which may lead to any worker.
      const asking = http.request(`${relay.url.replace('ws', 'http')}/web`, {
        method,
        headers,
        agent: false,
      });
      asking.end(Buffer.alloc(bytes));
      const [answer] = await once(asking, 'response');
      return (await received(answer)).length;
    };
    for (let n = 0; n < MANY; n += 1) expect(await ask()).toBe(bytes);
    await until(() => sum(ended) === MANY, 20_000, 'all requests to be told of');
    expect([...ended.keys()].sort()).toEqual([1, 2, 3]);
  });
});

describe('limits of a relay with several workers', () => {
  it('hold for the listeners of all workers together', async () => {
    const channels: WebSocket[] = [];
    for (let n = 0; n < 25; n += 1) channels.push(await control());
    expect(new Set(await places()).size).toBe(WORKERS);
    for (let n = 0; n < 2 * WORKERS; n += 1)
      await expect(control()).rejects.toThrow('MaximumListenersPerEndpoint');
    const closed = once(channels[0]!, 'close');
    channels[0]!.close();
    await closed;
    // The worker that lost it tells the primary, which takes a moment.
    const isFree = () =>
      control().then(
        () => true,
        () => false,
      );
    await until(isFree, 20_000, 'the place to be free');
  });

  it('hold for the connections of all workers together, give or take what comes within a tenth of a second', async () => {
    spoil();
    await relay.close({ graceMs: 0 });
    relay = new RelayWorkers({
      workers: { count: WORKERS },
      listen: { port: 0 },
      limits: { connectionsPerNamespace: 6 },
      namespaces: [{ name: 'localhost', hybridConnections: [{ name: 'sql' }] }],
    });
    await relay.listen();
    await listen();
    for (let n = 0; n < 6; n += 1) await open();
    const refused = async () => {
      const socket = await open().catch((error: { cause?: { status?: number } }) => error);
      if ('destroy' in socket) socket.destroy();
      return 'cause' in socket && socket.cause?.status === 503;
    };
    await until(refused, 20_000, 'the limit to be seen everywhere');
  });
});

describe('a listener that opens another control channel, at another worker', () => {
  it('takes the place of the one that it had', async () => {
    const id = '7f0c1d52-6f0e-4d37-9a1c-0e6f7c2b11aa';
    let before = await control(id);
    for (let n = 0; n < 9; n += 1) {
      const closed = once(before, 'close');
      before = await control(id);
      const [code] = await within(closed, 20_000, 'the earlier channel to be closed');
      expect(code).toBe(1001);
    }
    await until(async () => (await places()).length === 1, 20_000, 'one listener to be left');
  });
});

describe('a worker that is killed', () => {
  beforeEach(spoil);
  it('is started again, and its listeners come back, while the others go on', async () => {
    await Promise.all(Array.from({ length: 12 }, () => listen()));
    const opened = new Map<number, Awaited<ReturnType<typeof open>>[]>();
    for (let n = 0; n < MANY; n += 1) {
      const [{ worker }, socket] = await Promise.all([
        once(relay.events, 'tunnel-opened').then(([event]) => event as { worker: number }),
        open(),
      ]);
      socket.on('error', () => {});
      opened.set(worker, [...(opened.get(worker) ?? []), socket]);
    }
    const victim = (await relay.status()).workers[1]!;
    const exited = once(relay.events, 'worker-exited');
    const started = once(relay.events, 'worker-started');
    const ends = opened.get(2)!.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    process.kill(victim.pid, 'SIGKILL');
    expect((await exited)[0]).toMatchObject({ worker: 2, pid: victim.pid, signal: 'SIGKILL' });
    // Nobody is sent to listeners that went down with it.
    for (let n = 0; n < 20; n += 1) expect(await reconnected()).toBe('hello');
    await within(Promise.all(ends), 20_000, 'its tunnels to end');
    for (const socket of [...opened.get(1)!, ...opened.get(3)!]) {
      socket.write('still here');
      const [bytes] = await once(socket, 'data');
      expect(String(bytes)).toBe('still here');
    }
    await within(started, 10_000, 'another worker');
    await until(async () => (await places()).length === 12, 10_000, 'all listeners to be back');
    expect((await relay.status()).workers[1]).toMatchObject({ worker: 2, restarts: 1 });
    expect(await echo('hello')).toBe('hello');
  });

  /** A dial that was on its way to the dead one is lost with it. */
  async function reconnected(): Promise<string> {
    for (;;) {
      try {
        return await echo('hello');
      } catch {
        await sleep(20);
      }
    }
  }
});

describe('a worker that is stopped', () => {
  beforeEach(async () => {
    spoil();
    await relay.close({ graceMs: 0 });
    relay = new RelayWorkers({
      workers: { count: WORKERS, silenceMs: 2_000 },
      listen: { port: 0 },
      admin: { port: 0 },
      namespaces: [{ name: 'localhost', hybridConnections: [{ name: 'sql' }] }],
    });
    addresses = await relay.listen();
  });

  const health = async () => {
    const response = await fetch(`${addresses.admin}/healthz`);
    return [response.status, ((await response.json()) as { readonly status: string }).status];
  };

  it('is noticed, killed and started again, and its listeners come back', async () => {
    await Promise.all(Array.from({ length: 12 }, () => listen()));
    expect(await health()).toEqual([200, 'ok']);
    const { pid } = (await relay.status()).workers[1]!;
    const silent = once(relay.events, 'worker-silent');
    const exited = once(relay.events, 'worker-exited');
    const started = once(relay.events, 'worker-started');
    process.kill(pid, 'SIGSTOP');
    await until(async () => (await health())[1] === 'degraded', 10_000, 'health to say so');
    expect((await within(silent, 10_000, 'the silence'))[0]).toEqual({ worker: 2, pid, silentMs: 2_000 });
    expect((await exited)[0]).toMatchObject({ worker: 2, pid, signal: 'SIGKILL', restartMs: 100 });
    await within(started, 10_000, 'another worker');
    expect((await relay.status()).workers[1]).toMatchObject({ restarts: 1, stalls: 1, silentMs: 0 });
    await until(async () => (await places()).length === 12, 10_000, 'all listeners to be back');
    expect(await echo('hello')).toBe('hello');
    expect(await health()).toEqual([200, 'ok']);
  });

  it('is shown without figures while it is silent', async () => {
    const { pid } = (await relay.status()).workers[2]!;
    const silent = once(relay.events, 'worker-silent');
    process.kill(pid, 'SIGSTOP');
    const isShown = async () => (await relay.status()).workers[2]!.memory === undefined;
    await until(isShown, 10_000, 'the status to say so');
    await within(silent, 10_000, 'the silence');
  });

  it('does not keep the relay from closing', async () => {
    const { pid } = (await relay.status()).workers[0]!;
    process.kill(pid, 'SIGSTOP');
    await relay.close({ graceMs: 60_000 });
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('what is changed while a relay with several workers runs', () => {
  beforeEach(spoil);
  it('holds at all of them: hybrid connections come and go', async () => {
    await relay.addHybridConnection('new');
    await listen('new');
    for (let n = 0; n < 10; n += 1) (await open('new')).destroy();
    const { port } = new URL(relay.url);
    await relay.removeHybridConnection('new');
    for (let n = 0; n < 10; n += 1) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/$hc/new`);
      const [, response] = await once(socket, 'unexpected-response');
      expect(response.statusCode).toBe(404);
    }
  });

  it('holds at all of them: keys are rolled', async () => {
    await listen();
    const old = sendString();
    await relay.regenerateKey({ policy: 'defaultSender', hybridConnection: 'sql' }, 'primary');
    for (let n = 0; n < 10; n += 1) {
      const socket = connect({ connectionString: old });
      await expect(once(socket, 'connect')).rejects.toMatchObject({ cause: { status: 401 } });
      (await open()).destroy();
    }
  });

  it('holds at all of them: a policy that is deleted lets nobody stay', async () => {
    await Promise.all(Array.from({ length: 20 }, () => control()));
    expect(new Set(await places()).size).toBeGreaterThan(1);
    await listen('web');
    const tunnel = await open('web');
    const rule = { namespace: 'localhost', hybridConnection: 'sql', name: 'defaultListener' };
    await relay.managed.change({ type: 'delete-rule', ...rule });
    await until(async () => (await places()).length === 0, 10_000, 'the listeners to be sent away');
    expect(tunnel.destroyed).toBe(false);
  });

  it('holds at all of them: a namespace is made, and has what is made in it', async () => {
    const before = listenString();
    await relay.managed.change({ type: 'put-namespace', name: 'second.example', hosts: ['127.0.0.2'] });
    await relay.managed.change({ type: 'put-hybrid-connection', namespace: 'second.example', name: 'sql' });
    expect(listenString()).toBe(before);
    await listen();
    const { port } = new URL(relay.url);
    const statuses = new Set<string>();
    for (let n = 0; n < 10; n += 1) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/$hc/sql`, { headers: { Host: 'second.example' } });
      const [, response] = await once(socket, 'unexpected-response');
      statuses.add(response.statusCode);
      (await open()).destroy();
    }
    expect([...statuses]).toEqual([401]);
  });

  it('holds at all of them: a joined connection can be cut, wherever it is', async () => {
    await listen();
    const sockets = await Promise.all([open(), open(), open(), open()]);
    const [sql] = (await relay.status()).namespaces[0]!.hybridConnections;
    const ends = sockets.map((socket) => once(socket, 'error'));
    for (const { id } of sql!.tunnels) expect(await relay.managed.cutTunnel(id)).toBe(true);
    for (const [error] of await Promise.all(ends)) expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(await relay.managed.cutTunnel('nothing')).toBe(false);
  });

  it('holds at a worker that is started later, too', async () => {
    await relay.addHybridConnection('new');
    await relay.regenerateKey({ policy: 'defaultSender', hybridConnection: 'sql' }, 'primary');
    for (const { pid } of (await relay.status()).workers) {
      const started = once(relay.events, 'worker-started');
      process.kill(pid, 'SIGKILL');
      await within(started, 10_000, 'another worker');
    }
    await Promise.all([listen('new'), listen('sql')]);
    for (let n = 0; n < 10; n += 1) {
      (await open('new')).destroy();
      (await open('sql')).destroy();
    }
  });
});

describe('the status of a relay with several workers', () => {
  it('adds up what they have, and names each', async () => {
    await Promise.all(Array.from({ length: 6 }, () => listen()));
    for (let n = 0; n < 9; n += 1) await open();
    const answer = await fetch(`${addresses.admin}/api/status`, {
      headers: { Authorization: `Bearer ${relay.adminToken}` },
    });
    const { namespaces, workers } = (await answer.json()) as Awaited<ReturnType<RelayWorkers['status']>>;
    expect(namespaces[0]).toMatchObject({ name: 'localhost', connections: 9 });
    const [sql] = namespaces[0]!.hybridConnections;
    expect(sql!.listeners).toHaveLength(6);
    expect(sql!.tunnels).toHaveLength(9);
    expect(workers.map(({ worker }) => worker)).toEqual([1, 2, 3]);
    expect(workers.reduce((total, { connections }) => total + connections, 0)).toBe(9);
    expect((await fetch(`${addresses.admin}/healthz`)).status).toBe(200);
  });
});
