/**
 * What a relay with workers is doing right now, as one value.
 * @module
 */
import type { DescriptorStatus } from '../descriptors.js';
import type {
  HybridConnectionStatus,
  ListenerStatus,
  NamespaceStatus,
  RelayStatus,
  TunnelStatus,
} from '../relay-status.js';

/** One worker. */
export interface WorkerStatus {
  readonly worker: number;
  readonly pid: number;
  /** The data plane at its own port; `undefined` while it starts. */
  readonly url: string | undefined;
  readonly startedAt: Date;
  readonly uptimeMs: number;
  /** How often it has been started again. */
  readonly restarts: number;
  /** How often it was killed because it did not answer the primary process. */
  readonly stalls: number;
  /** For how long it has not answered, in milliseconds; 0 while it does. */
  readonly silentMs: number;
  readonly memory: NodeJS.MemoryUsage | undefined;
  readonly descriptors: DescriptorStatus | undefined;
  readonly listeners: number;
  readonly pending: number;
  readonly connections: number;
  readonly requests: number;
}

/** Says which worker something is at. */
export type AtWorker<Status> = Status & { readonly worker: number };

/** A hybrid connection, over all workers. */
export interface WorkersHybridConnectionStatus extends HybridConnectionStatus {
  readonly listeners: readonly AtWorker<ListenerStatus>[];
  readonly tunnels: readonly AtWorker<TunnelStatus>[];
}

/** A namespace, over all workers. */
export interface WorkersNamespaceStatus extends NamespaceStatus {
  readonly hybridConnections: readonly WorkersHybridConnectionStatus[];
}

/** The whole relay. `memory` is that of all processes together, `descriptors` those of all workers. */
export interface RelayWorkersStatus extends RelayStatus {
  readonly namespaces: readonly WorkersNamespaceStatus[];
  readonly workers: readonly WorkerStatus[];
}

/** A worker that was asked. */
export interface AskedWorker
  extends Omit<
    WorkerStatus,
    'memory' | 'descriptors' | 'listeners' | 'pending' | 'connections' | 'requests'
  > {
  /** `undefined`: it does not answer, or has not started. */
  readonly status: RelayStatus | undefined;
}

/** Adds up what the workers say. */
export function workersStatus(
  own: Pick<RelayStatus, 'url' | 'startedAt' | 'uptimeMs' | 'memory'>,
  asked: readonly AskedWorker[],
): RelayWorkersStatus {
  const answers = asked.flatMap(({ worker, status }) => (status === undefined ? [] : [{ worker, status }]));
  return {
    ...own,
    memory: answers.reduce((sum, { status }) => added(sum, status.memory), own.memory),
    descriptors: descriptors(answers.flatMap(({ status }) => status.descriptors ?? [])),
    namespaces: namespaces(answers),
    workers: asked.map(({ status, ...worker }) => ({
      ...worker,
      memory: status?.memory,
      descriptors: status?.descriptors,
      ...totals(status),
    })),
  };
}

interface Answer {
  readonly worker: number;
  readonly status: RelayStatus;
}

function namespaces(answers: readonly Answer[]): WorkersNamespaceStatus[] {
  const [first] = answers;
  return (first?.status.namespaces ?? []).map((namespace) => {
    const all = answers.flatMap(({ worker, status }) => {
      // One that is being created is not at all of them yet.
      const same = status.namespaces.find(({ name }) => name === namespace.name);
      if (same === undefined) return [];
      const byName = new Map(same.hybridConnections.map((each) => [each.name, each]));
      return [{ worker, namespace: same, byName }];
    });
    const sum = (of: (each: NamespaceStatus) => number) =>
      all.reduce((total, each) => total + of(each.namespace), 0);
    return {
      ...namespace,
      pending: sum(({ pending }) => pending),
      connections: sum(({ connections }) => connections),
      requests: sum(({ requests }) => requests),
      hybridConnections: namespace.hybridConnections.map(({ name, ...rest }) => {
        const here = all.flatMap(({ worker, byName }) => {
          const same = byName.get(name);
          return same === undefined ? [] : [{ worker, same }];
        });
        return {
          name,
          ...rest,
          listeners: here.flatMap(({ worker, same }) => same.listeners.map((each) => ({ ...each, worker }))),
          tunnels: here.flatMap(({ worker, same }) => same.tunnels.map((each) => ({ ...each, worker }))),
        };
      }),
    };
  });
}

function totals(
  status: RelayStatus | undefined,
): Pick<WorkerStatus, 'listeners' | 'pending' | 'connections' | 'requests'> {
  const total = { listeners: 0, pending: 0, connections: 0, requests: 0 };
  for (const { pending, connections, requests, hybridConnections } of status?.namespaces ?? []) {
    total.pending += pending;
    total.connections += connections;
    total.requests += requests;
    for (const { listeners } of hybridConnections) total.listeners += listeners.length;
  }
  return total;
}

function descriptors(all: readonly DescriptorStatus[]): DescriptorStatus | undefined {
  if (all.length === 0) return undefined;
  const sum = (of: (each: DescriptorStatus) => number) => all.reduce((total, each) => total + of(each), 0);
  const last = Math.max(...all.map(({ lastShortageAt }) => lastShortageAt?.getTime() ?? 0));
  return {
    open: sum(({ open }) => open),
    limit: sum(({ limit }) => limit),
    shortages: sum(({ shortages }) => shortages),
    lastShortageAt: last === 0 ? undefined : new Date(last),
  };
}

function added(one: NodeJS.MemoryUsage, other: NodeJS.MemoryUsage): NodeJS.MemoryUsage {
  return {
    rss: one.rss + other.rss,
    heapTotal: one.heapTotal + other.heapTotal,
    heapUsed: one.heapUsed + other.heapUsed,
    external: one.external + other.external,
    arrayBuffers: one.arrayBuffers + other.arrayBuffers,
  };
}
