/**
 * The relay as the command starts it, of one process and of several workers, for crowds that only stay.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { HybridgeProcess } from '@hybridge/conformance';
import type { RelayStatus, RelayWorkersStatus } from '@hybridge/relay';
import type { CrowdPlace } from '../load/crowd.js';
import { Scratch } from '../scratch.js';
import { versionOfPackage } from './package-version.js';
import type { Subject, Way } from './subject.js';

/** Listeners of one hybrid connection. The protocol allows 25; client processes do not share them out to the last one. */
const LISTENERS = 20;

const ADMIN_TOKEN = 'bench';

/** A process of the relay, and what it holds right now. */
export interface RelayPart {
  readonly pid: number;
  /** Whether it holds connections: the first of several processes does not. */
  readonly isWorker: boolean;
  readonly listeners: number;
  readonly connections: number;
}

/** A relay that a crowd can come to. */
export interface CrowdedRelay extends Way, CrowdPlace {
  /** Asks the relay what each of its processes has. With very many connections this takes a while, and memory. */
  parts(): Promise<readonly RelayPart[]>;
}

/** A relay of so many workers, with room for so many listeners. */
export function relayOf(workers: number, listeners: number): Subject<CrowdedRelay> {
  return {
    id: `relay-${workers}`,
    name: workers === 1 ? 'hybridge relay' : `hybridge relay --workers ${workers}`,
    about: 'the relay alone, as the command starts it',
    encrypted: false,
    ours: true,
    stretches: false,
    find: async () => ({ version: versionOfPackage('hybridge') }),
    start: () => start(workers, listeners),
  };
}

async function start(workers: number, listeners: number): Promise<CrowdedRelay> {
  const scratch = new Scratch();
  const key = randomBytes(32).toString('base64');
  const names = Array.from({ length: Math.ceil(listeners / LISTENERS) }, (_, n) => `crowd-${n}`);
  const config = {
    dataDir: scratch.path,
    listen: { port: 0 },
    admin: { port: 0, token: ADMIN_TOKEN },
    limits: {
      connectionsPerNamespace: 1_000_000,
      listensPerSecond: 1_000_000,
      listensPerSecondPerAddress: 1_000_000,
    },
    ...(workers > 1 && { workers: { count: workers } }),
    namespaces: [
      {
        name: 'localhost',
        authorizationRules: [{ name: 'bench', rights: ['Listen', 'Send'], primaryKey: key }],
        hybridConnections: names.map((name) => ({ name, authorizationRules: [] })),
      },
    ],
  };
  const file = scratch.write('relay.json', JSON.stringify(config));
  const relay = await HybridgeProcess.start('relay', ['--config', file, '--log-level', 'error']);
  const { url, admin } = relay.ready as { readonly url: string; readonly admin: string };
  return {
    ...{ port: Number(new URL(url).port), url, key, names },
    hops: [[], [relay.pid], []],
    parts: async () => {
      const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
      const answer = await fetch(`${admin}/api/status`, { headers });
      return partsOf(relay.pid, (await answer.json()) as RelayStatus | RelayWorkersStatus);
    },
    stop: async () => {
      await relay.end('SIGKILL');
      scratch.remove();
    },
  };
}

function partsOf(pid: number, status: RelayStatus | RelayWorkersStatus): RelayPart[] {
  if ('workers' in status) {
    const first = { pid, isWorker: false, listeners: 0, connections: 0 };
    return [first, ...status.workers.map((worker) => ({ ...worker, isWorker: true }))];
  }
  const sum = (of: (each: RelayStatus['namespaces'][number]) => number) =>
    status.namespaces.reduce((total, each) => total + of(each), 0);
  const listeners = sum(({ hybridConnections }) =>
    hybridConnections.reduce((total, each) => total + each.listeners.length, 0),
  );
  return [{ pid, isWorker: true, listeners, connections: sum(({ connections }) => connections) }];
}
