/**
 * A manager that is asked by a sender what it finds on its side; and listeners that know nothing of that.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0077.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HybridConnectionListener } from '@hybridge/listener';
import {
  HybridConnectionManager,
  type ManagerOptions,
  type ManagerSettings,
  managerConfig,
  type ProbeAnswered,
} from '@hybridge/manager';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { connect, type DiagnosisStep, diagnose, type SenderDiagnoseOptions } from '@hybridge/sender';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hycoListener } from '../src/relay-suite/hyco-ws.js';
import { plainWsListener } from '../src/relay-suite/plain-ws-listener.js';
import type { ListenerEvents, ListenerSubject, Place } from '../src/relay-suite/subjects.js';
import { freePort } from '../src/services/server-process.js';
import { TargetServer } from '../src/target-server.js';

const NAMES = Array.from({ length: 40 }, (_, index) => `hc-${index}`);
const PROBE = 'hybridge.probe.1';

let relay: RelayServer;
let target: TargetServer;
/** Connections that the target has seen. */
let seen = 0;
/** Not used by another test. */
let entity = '';
const running: (() => unknown)[] = [];

beforeAll(async () => {
  target = await TargetServer.start();
  target.serve = (socket) => {
    seen += 1;
    socket.resume().end('welcome');
  };
  relay = await startRelay({
    namespaces: [{ name: 'localhost', hybridConnections: NAMES.map((name) => ({ name })) }],
  });
});
afterAll(async () => {
  await relay.close({ graceMs: 0 });
  target.stop();
});
let used = 0;
beforeEach(() => {
  entity = NAMES[used++]!;
  seen = 0;
});
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

const sender = () => relay.connectionString(entity, 'defaultSender');

interface Managed {
  readonly endpoint?: string;
  readonly settings?: Partial<ManagerSettings>;
  readonly options?: ManagerOptions;
}

/** A manager, and what it tells of diagnoses. */
async function managed({ endpoint, settings, options }: Managed = {}) {
  const connectionString = relay.connectionString(entity, 'defaultListener');
  const to = endpoint ?? `127.0.0.1:${target.port}`;
  const config = managerConfig({ connections: [{ connectionString, endpoint: to }], ...settings });
  const manager = new HybridConnectionManager(config, { policyFile: { paths: [] }, ...options });
  const answered: ProbeAnswered[] = [];
  manager.on('diagnosis', (_, each) => answered.push(each));
  manager.start();
  running.push(() => manager.stop({ graceMs: 0 }));
  await manager.settled({ timeoutMs: 10_000 });
  return { manager, answered };
}

async function walk(options: Partial<SenderDiagnoseOptions> = {}): Promise<DiagnosisStep[]> {
  const steps: DiagnosisStep[] = [];
  const given = {
    connectionString: sender(),
    proxy: false as const,
    rounds: 2,
    timeoutMs: 2_000,
    ...options,
  };
  for await (const step of diagnose(given)) steps.push(step);
  return steps;
}

/** From the step `manager` on, with the outcome of each. */
const farSide = (steps: readonly DiagnosisStep[]) =>
  steps
    .slice(steps.findIndex(({ name }) => name === 'manager'))
    .map(({ name, outcome }) => `${name} ${outcome}`);
const stepNamed = (steps: readonly DiagnosisStep[], name: DiagnosisStep['name']) =>
  steps.find((step) => step.name === name);

/** `two.test` is two addresses of this machine; the target is at the first. */
const lookup: net.LookupFunction = (_, options, callback) => {
  const found = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  if (options.all) callback(null, found);
  else callback(null, '127.0.0.1', 4);
};

describe('a manager that is asked', () => {
  it('tells what it finds, and sends each ping back', async () => {
    const { answered } = await managed();
    const steps = await walk();
    expect(farSide(steps)).toEqual([
      'manager ok',
      'manager-dns ok',
      'manager-policy ok',
      'manager-tcp ok',
      'probe ok',
      'round-trip ok',
    ]);
    const { detail } = stepNamed(steps, 'round-trip')!;
    expect(detail).toMatchObject({ of: 'manager', count: 2 });
    expect(Number(detail.minMs)).toBeLessThanOrEqual(Number(detail.avgMs));
    expect(Number(detail.avgMs)).toBeLessThanOrEqual(Number(detail.maxMs));
    // Its own look, and the probe; not a connection for each ping.
    expect(seen).toBe(2);
    expect(answered).toHaveLength(1);
    expect(answered[0]).toMatchObject({ outcome: 'ok', target: `127.0.0.1:${target.port}` });
    expect(answered[0]?.remoteEndpoint.address).toBe('127.0.0.1');
  });

  it('tells kinds and codes, and no name and no address', async () => {
    await managed({ endpoint: `two.test:${target.port}`, options: { lookup } });
    const steps = await walk();
    expect(farSide(steps).filter((step) => step.startsWith('manager-tcp'))).toEqual([
      'manager-tcp ok',
      'manager-tcp warning',
    ]);
    expect(stepNamed(steps, 'manager-dns')?.detail).toEqual({ addresses: 2 });
    const told = JSON.stringify(steps.filter(({ name }) => name.startsWith('manager')));
    expect(told).toContain('ECONNREFUSED');
    expect(told).not.toMatch(/two\.test|127\.0\.0|\b\d{4,5}\b/);
  });

  it('tells names and addresses as well when its configuration says full', async () => {
    const port = await freePort();
    await managed({ endpoint: `two.test:${port}`, settings: { diagnosis: 'full' }, options: { lookup } });
    const steps = await walk();
    expect(stepNamed(steps, 'manager-dns')?.message).toBe(`there, two.test:${port} is 127.0.0.1, 127.0.0.2`);
    expect(stepNamed(steps, 'manager-tcp')).toMatchObject({
      outcome: 'failed',
      message: `127.0.0.1:${port} refuses connections (ECONNREFUSED)`,
    });
    expect(stepNamed(steps, 'probe')).toMatchObject({ outcome: 'skipped' });
  });

  it('looks at nothing that its policy forbids, and says that there is something', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hybridge-answers-'));
    running.push(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'policy.yaml');
    writeFileSync(path, 'deny: ["127.0.0.2:*"]\n', { mode: 0o600 });
    const policyFile = { paths: [path], owner: process.getuid?.() ?? 0 };
    await managed({ endpoint: `two.test:${target.port}`, options: { lookup, policyFile } });
    const steps = await walk();
    expect(stepNamed(steps, 'manager-policy')).toMatchObject({
      outcome: 'warning',
      message: "the policy of the manager's machine forbids some addresses of the endpoint",
      detail: {},
    });
    expect(farSide(steps).filter((step) => step.startsWith('manager-tcp'))).toEqual(['manager-tcp ok']);
  });

  it('says nothing of itself when its configuration says off, and leads to the target', async () => {
    const { answered } = await managed({ settings: { diagnosis: 'off' } });
    const steps = await walk({ rounds: 0 });
    expect(farSide(steps)).toEqual(['manager skipped', 'probe ok']);
    expect(stepNamed(steps, 'probe')?.detail).toMatchObject({ bytesHeard: 7 });
    // The question was the probe: no connection more than without it.
    expect(seen).toBe(1);
    expect(answered).toEqual([]);
  });

  it('too often, or by too many at once, leads to the target like everybody', async () => {
    await managed();
    const asked = Array.from({ length: 20 }, async () => {
      const socket = connect({ connectionString: sender(), proxy: false, protocols: ['x', PROBE] });
      running.push(() => socket.destroy());
      const [first] = await once(socket, 'data');
      return String(first).startsWith('{"hello":') ? 'answered' : String(first);
    });
    const heard = await Promise.all(asked);
    const answered = heard.filter((word) => word === 'answered').length;
    expect(answered).toBeGreaterThanOrEqual(10);
    // However long it takes: no more than so many stay.
    expect(answered).toBeLessThanOrEqual(16);
    expect(heard.filter((word) => word === 'welcome')).toHaveLength(20 - answered);
  });

  it('is left in the middle, and notices', async () => {
    const { manager, answered } = await managed({ endpoint: 'slow.test:1', options: { lookup: () => {} } });
    for await (const step of diagnose({ connectionString: sender(), proxy: false })) {
      if (step.name === 'manager') break;
    }
    await expect.poll(() => answered.length).toBe(1);
    expect(answered[0]?.steps).toEqual([]);
    // Else this would take the minute.
    await manager.stop({ graceMs: 60_000 });
  });

  it('keeps nobody who pings from stopping it', async () => {
    const { manager } = await managed();
    const socket = connect({ connectionString: sender(), proxy: false, protocols: ['x', PROBE] });
    await once(socket, 'data');
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await manager.stop({ graceMs: 60_000 });
    await closed;
  });

  it.each(['GET / HTTP/1.1\r\n\r\n', 'x'.repeat(20_000), '{"ping":{"number":"one"}}\n'])(
    'leaves whoever says what makes no sense (%#)',
    async (said) => {
      await managed();
      const socket = connect({ connectionString: sender(), proxy: false, protocols: ['x', PROBE] });
      socket.on('error', () => undefined);
      await once(socket, 'data');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.write(said);
      await closed;
    },
  );

  it('is one of two, and the other one reaches the target', async () => {
    await managed({ endpoint: `127.0.0.1:${await freePort()}` });
    await managed();
    await expect
      .poll(
        async () => {
          const steps = await walk({ rounds: 0 });
          const isFirst = stepNamed(steps, 'manager-tcp')?.outcome === 'failed';
          return isFirst ? stepNamed(steps, 'probe')?.outcome : 'the other one answered';
        },
        { timeout: 15_000, interval: 200 },
      )
      .toBe('ok');
  });
});

describe('a listener that knows nothing of it', () => {
  const place = (): Place => {
    const credential = (policy: string) => {
      const text = relay.connectionString(entity, policy);
      const [, keyName = '', key = ''] =
        /SharedAccessKeyName=([^;]*);SharedAccessKey=([^;]*)/.exec(text) ?? [];
      return { keyName, key };
    };
    return {
      ...{ origin: relay.url.replace(/\/$/, ''), entity },
      ...{ listener: credential('defaultListener'), sender: credential('defaultSender') },
    };
  };
  const foreign = async (subject: ListenerSubject, events: Partial<ListenerEvents> = {}) => {
    const agreed: (string | undefined)[] = [];
    const listening = await subject.listen(place(), {
      ...events,
      onPeer: (peer) => {
        agreed.push(peer.protocol);
        peer.send(Buffer.from('welcome'));
        peer.close();
      },
    });
    running.push(() => listening.close());
    return agreed;
  };

  it.each([
    ['hyco-ws', hycoListener],
    ['plain ws', plainWsListener],
  ])('takes the question for a connection: %s', async (_, subject) => {
    const agreed = await foreign(subject);
    const steps = await walk({ rounds: 0 });
    expect(farSide(steps)).toEqual(['manager skipped', 'probe ok']);
    expect(stepNamed(steps, 'probe')?.detail).toMatchObject({ bytesHeard: 7 });
    expect(agreed).toHaveLength(1);
    expect(agreed).not.toContain(PROBE);
  });

  it('is measured by connections that open', async () => {
    const agreed = await foreign(plainWsListener);
    const steps = await walk();
    expect(stepNamed(steps, 'round-trip')).toMatchObject({
      outcome: 'ok',
      detail: { of: 'connection', count: 2 },
    });
    expect(agreed).toHaveLength(3);
  });

  it('and chooses nothing is asked no more', async () => {
    const agreed = await foreign(plainWsListener, { protocolFor: () => undefined });
    expect(farSide(await walk({ rounds: 0 }))).toEqual(['manager skipped', 'probe ok']);
    expect(agreed).toEqual([undefined]);
  });

  it('and agrees to it all the same is found out by what it says', async () => {
    const agreed = await foreign(plainWsListener, { protocolFor: (offered) => offered.at(-1) });
    const steps = await walk({ rounds: 0 });
    expect(stepNamed(steps, 'manager')).toMatchObject({ outcome: 'skipped', message: /though it agreed/ });
    expect(stepNamed(steps, 'probe')).toMatchObject({ outcome: 'ok', detail: { bytesHeard: 7 } });
    expect(agreed).toEqual([PROBE, undefined]);
  });

  it('is embedded in a program, with our own library', async () => {
    const listener = new HybridConnectionListener(relay.connectionString(entity, 'defaultListener'));
    running.push(() => listener.close({ graceMs: 0 }));
    listener.on('connection', (socket) => socket.on('error', () => undefined).end('welcome'));
    await listener.listen();
    const steps = await walk({ rounds: 0, protocols: ['own'] });
    expect(farSide(steps)).toEqual(['manager skipped', 'probe ok']);
  });

  it('and lies is not believed, and does no harm', async () => {
    const lies = [
      '{"hello":{}}\n{"finding":{"subject":"dns","outcome":"failed","durationMs":1,"code":"<script>"}}\n',
      `{"hello":{}}\n${'{"finding":{"subject":"tcp","outcome":"ok","durationMs":1}}\n'.repeat(1_000)}`,
      '{"hello":{}}\n{"finding":{"subject":"policy","outcome":"failed","durationMs":1,"reason":"\\u001b[2J\\nok"}}\n{"done":{}}\n',
      `{"hello":{}}\n${'y'.repeat(50_000)}`,
    ];
    let lie = '';
    const listener = new HybridConnectionListener({
      connectionString: relay.connectionString(entity, 'defaultListener'),
      acceptHandler: (incoming) => {
        const isAsked = incoming.protocols.includes(PROBE);
        const socket = incoming.accept(isAsked ? { protocol: PROBE } : {});
        socket.on('error', () => undefined).resume();
        socket.end(isAsked ? lie : 'welcome');
      },
    });
    running.push(() => listener.close({ graceMs: 0 }));
    await listener.listen();
    for (lie of lies) {
      const steps = await walk({ rounds: 1 });
      expect(steps.length).toBeLessThan(60);
      const said = JSON.stringify(steps);
      expect(said).not.toMatch(/script|\\u001b|yyyy/);
      const trip = stepNamed(steps, 'round-trip');
      expect(trip?.outcome === 'ok' && trip.detail.of === 'manager').toBe(false);
      expect(steps.filter(({ name }) => name === 'manager').at(-1)?.outcome).not.toBe('failed');
    }
  });

  it('and never comes to an end is not waited for', async () => {
    const listener = new HybridConnectionListener({
      connectionString: relay.connectionString(entity, 'defaultListener'),
      acceptHandler: (incoming) => {
        const isAsked = incoming.protocols.includes(PROBE);
        const socket = incoming.accept(isAsked ? { protocol: PROBE } : {}).on('error', () => undefined);
        socket.resume().write(isAsked ? '{"hello":{}}\n' : 'welcome');
        if (!isAsked) return;
        const drip = setInterval(() => socket.write('{"news":{}}\n{"pong":{"number":77}}\n'), 20);
        socket.once('close', () => clearInterval(drip));
      },
    });
    running.push(() => listener.close({ graceMs: 0 }));
    await listener.listen();
    const steps = await walk({ rounds: 1 });
    expect(steps.findLast(({ name }) => name === 'manager')).toMatchObject({
      outcome: 'warning',
      message: 'it stopped before it had told all',
    });
    expect(stepNamed(steps, 'round-trip')?.outcome).toBe('failed');
  });
});

describe('a diagnosis', () => {
  it('throws the reason when it is given up between two measurements', async () => {
    const { answered } = await managed();
    const giveUp = new AbortController();
    const steps: string[] = [];
    const walking = (async () => {
      const options = {
        connectionString: sender(),
        proxy: false as const,
        rounds: 1_000,
        signal: giveUp.signal,
      };
      for await (const { name } of diagnose(options)) {
        steps.push(name);
        if (name === 'probe') setTimeout(() => giveUp.abort(new Error('enough')), 150);
      }
    })();
    await expect(walking).rejects.toThrow('enough');
    expect(steps.at(-1)).toBe('probe');
    expect(answered).toHaveLength(1);
  });

  it('tells the listener what a connection would', async () => {
    const told: { path: string; query: string; header: string | undefined; protocols: readonly string[] }[] =
      [];
    const listener = new HybridConnectionListener({
      connectionString: relay.connectionString(entity, 'defaultListener'),
      acceptHandler: (incoming) => {
        const { path, query, headers, protocols } = incoming;
        told.push({ path, query, header: headers['x-tenant'], protocols });
        incoming
          .accept()
          .on('error', () => undefined)
          .end('welcome');
      },
    });
    running.push(() => listener.close({ graceMs: 0 }));
    await listener.listen();
    const suffixed = { suffix: '/7', query: '?color=red', headers: { 'X-Tenant': '7' }, protocols: ['own'] };
    await walk({ rounds: 1, ...suffixed });
    const same = { path: '/7', query: '?color=red', header: '7' };
    expect(told).toEqual([
      { ...same, protocols: ['own', PROBE] },
      { ...same, protocols: ['own'] },
    ]);
  });
});
