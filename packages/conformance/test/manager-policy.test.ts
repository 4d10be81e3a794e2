/**
 * Nothing gets past the administrator's policy: what it allows is reached and what it denies is not, through a real relay, with
 * targets that count whoever comes. Names move in between, as those of an attacker do.
 *
 * What each rule means is in the table of packages/manager/src/policy/policy.test.ts; this is about the way that a connection takes.
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HybridConnectionManager, managerConfig, type PolicyViolation } from '@hybridge/manager';
import { startRelay } from '@hybridge/relay';
import { connect } from '@hybridge/sender';
import { expect, it, onTestFinished } from 'vitest';
import { until, within } from '../src/deadline.js';

const WAIT_MS = 10_000;
/** Where targets listen, at one port each. */
const [HERE, THERE] = ['127.0.0.1', '127.0.0.2'] as const;

/** Counts who comes. */
class Target {
  connections = 0;
  readonly #server = net.createServer((socket) => {
    this.connections += 1;
    socket.on('error', () => undefined).end('reached');
  });

  static async at(host: string, port: number): Promise<Target> {
    const target = new Target();
    onTestFinished(() => void target.#server.close());
    target.#server.listen(port, host);
    await once(target.#server, 'listening');
    return target;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }
}

interface Case {
  readonly title: string;
  /** `PORT` stands for the targets'. */
  readonly policy: string | undefined;
  /** As it is configured. */
  readonly host: string;
  /** Where names lead when the manager looks, and when it dials; those that are not here are the system's. */
  readonly leadsTo?: readonly [atFirst: readonly string[], then?: readonly string[]];
  /** The endpoint comes from the relay, rather than from the configuration. */
  readonly isRelays?: true;
  /** What comes of it: the target is reached, or a rule keeps the manager from the relay, or refuses the sender. */
  readonly outcome: 'reached' | { readonly rule: string; readonly during: 'registration' | 'dial' };
}

const registration = (rule: string) => ({ rule, during: 'registration' }) as const;
const dial = (rule: string) => ({ rule, during: 'dial' }) as const;
const ONLY_HERE = `{ allow: ["db.test:PORT", "${HERE}:PORT"] }`;

const CASES: readonly Case[] = [
  { title: 'no policy', policy: undefined, host: HERE, outcome: 'reached' },
  { title: 'its address', policy: `allow: ["${HERE}:PORT"]`, host: HERE, outcome: 'reached' },
  { title: 'its range', policy: 'allow: ["127.0.0.0/8:1-65535"]', host: HERE, outcome: 'reached' },
  { title: 'its relay', policy: 'relays: ["127.0.0.0/8"]', host: HERE, outcome: 'reached' },
  { title: 'its name', policy: ONLY_HERE, host: 'db.test', leadsTo: [[HERE]], outcome: 'reached' },
  {
    title: 'its name in other letters',
    policy: ONLY_HERE,
    host: 'DB.Test.',
    leadsTo: [[HERE]],
    outcome: 'reached',
  },
  {
    title: 'one of two addresses',
    policy: ONLY_HERE,
    host: 'db.test',
    leadsTo: [[THERE, HERE]],
    outcome: 'reached',
  },
  {
    title: 'nothing at all',
    policy: 'hybridConnections: denied',
    host: HERE,
    outcome: registration('hybridConnections: denied'),
  },
  { title: 'another relay', policy: 'relays: ["10.0.0.0/8"]', host: HERE, outcome: registration('relays') },
  { title: 'another port', policy: `allow: ["${HERE}:1"]`, host: HERE, outcome: registration('allow') },
  {
    title: 'another name',
    policy: 'allow: ["other.test:PORT"]',
    host: 'db.test',
    outcome: registration('allow'),
  },
  {
    title: 'not its port',
    policy: 'deny: ["*:PORT"]',
    host: 'db.test',
    leadsTo: [[HERE]],
    outcome: registration('deny: "*:PORT"'),
  },
  ...[
    HERE,
    '0.0.0.0',
    '[::ffff:127.0.0.1]',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0',
    'localhost',
    'LOCALHOST',
  ].map(
    (host): Case => ({
      title: `not this machine, written ${host}`,
      policy: 'deny: ["127.0.0.0/8:*", "[::1]:*"]',
      host,
      outcome: registration(`deny: "127.0.0.0/8:*"`),
    }),
  ),
  {
    title: 'a name that leads to this machine',
    policy: 'allow: ["db.test:PORT"]',
    host: 'db.test',
    leadsTo: [[HERE]],
    outcome: registration('allow (by name)'),
  },
  {
    title: "not the relay's endpoint",
    policy: `allow: ["${THERE}:PORT"]`,
    host: HERE,
    isRelays: true,
    outcome: registration('allow'),
  },
  ...[THERE, `::ffff:${THERE}`, '0.0.0.0', '::', '::ffff:0.0.0.0', '169.254.169.254', '::1'].map(
    (moved): Case => ({
      title: `a name that has moved to ${moved}`,
      policy: ONLY_HERE,
      host: 'db.test',
      leadsTo: [[HERE], [moved]],
      outcome: dial(expect.stringContaining('allow')),
    }),
  ),
  {
    title: 'a name that is back when it is dialled, and was elsewhere when it was looked at',
    policy: ONLY_HERE,
    host: 'db.test',
    leadsTo: [[THERE], [HERE]],
    outcome: registration('allow (by name)'),
  },
];

it.each(CASES)('a policy that allows $title', async ({ policy, host, leadsTo, isRelays, outcome }) => {
  const here = await Target.at(HERE, 0);
  const { port } = here;
  const there = await Target.at(THERE, port);
  const endpoint = `${host}:${port}`;
  const relay = await startRelay({
    hybridConnections: [{ name: 'db', ...(isRelays && { endpoint }) }],
  });
  onTestFinished(() => relay.close({ graceMs: 0 }));
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-policy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'policy.yaml');
  if (policy !== undefined) writeFileSync(path, policy.replaceAll('PORT', String(port)), { mode: 0o644 });

  let looks = 0;
  let hasMoved = false;
  const lookup: net.LookupFunction = (name, options, answer) => {
    if (leadsTo === undefined) return systemLookup(name, options as { all: true }, answer);
    const [atFirst, then = atFirst] = leadsTo;
    const addresses = hasMoved ? then : atFirst;
    looks += 1;
    const found: LookupAddress[] = addresses.map((address) => ({ address, family: net.isIP(address) }));
    setImmediate(() => answer(null, found));
  };
  const connectionString = relay.connectionString('db', 'defaultListener');
  const manager = new HybridConnectionManager(
    managerConfig({ connections: [isRelays ? { connectionString } : { connectionString, endpoint }] }),
    { policyFile: { paths: [path], owner: process.getuid?.() ?? 0 }, lookup },
  );
  onTestFinished(() => manager.stop({ graceMs: 0 }));
  const violations: PolicyViolation[] = [];
  manager.on('policyViolation', (_, violation) => violations.push(violation));
  manager.start();
  const [settled] = await manager.settled({ timeoutMs: WAIT_MS });
  const listeners = () => relay.status().namespaces[0]!.hybridConnections[0]!.listeners.length;

  // It looks once more when it is online; what comes after that is a dial.
  if (leadsTo !== undefined && settled?.state.name === 'online') {
    await until(() => looks > 1, WAIT_MS, 'the manager to have looked');
  }
  hasMoved = true;
  const heard = reach(relay.connectionString('db', 'defaultSender'));
  if (outcome === 'reached') {
    expect(await heard).toBe('reached');
    expect([here.connections, there.connections]).toEqual([1, 0]);
    expect(violations).toEqual([]);
    return;
  }
  const rule =
    typeof outcome.rule === 'string' ? outcome.rule.replaceAll('PORT', String(port)) : outcome.rule;
  expect(await heard).toBe(outcome.during === 'dial' ? 'EACCES' : 'ECONNREFUSED');
  expect(settled?.state.name).toBe(outcome.during === 'dial' ? 'online' : 'blocked');
  await until(() => listeners() === 0, WAIT_MS, 'the manager to have left the relay');
  expect(manager.status()[0]?.state).toMatchObject({
    name: 'blocked',
    rule,
    advice: expect.stringContaining('administrator'),
  });
  expect(violations).toMatchObject([{ rule, during: outcome.during }]);
  expect([here.connections, there.connections]).toEqual([0, 0]);
});

/** What a sender hears: the target, or the code of what it meets. */
async function reach(connectionString: string): Promise<string> {
  const socket = connect(connectionString);
  const said = new Promise<string>((resolve) => {
    socket.once('data', (bytes) => resolve(String(bytes)));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  return within(said, WAIT_MS, 'a sender to hear something').finally(() => socket.destroy());
}
