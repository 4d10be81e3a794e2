/**
 * A manager's metrics in Prometheus' format.
 *
 * Labels are the relay's: `namespace` and `hybrid_connection`. Names begin with `hybridge_manager_`, since the relay at the other end counts
 * the same bytes under names of its own.
 *
 * Source: docs/audit-and-metrics.md (the table).
 * @module
 */
import { exposition, type Family, type ProcessHealth, processFamilies, type Sample } from '@hybridge/service';
import type { PolicyStatus } from '../manager.js';
import { connectionId } from '../status/connection-id.js';
import type { ConnectionState, ConnectionStatus } from '../status/connection-status.js';
import type { ManagerMeter, MeteredConnection } from './manager-meter.js';

/** What the metrics are made from. */
export interface ManagerMetricSources {
  readonly connections: readonly ConnectionStatus[];
  readonly meter: ManagerMeter;
  readonly policy: PolicyStatus;
  readonly health: ProcessHealth;
  readonly auditRecordsLost: number;
  readonly systemLogRecordsLost: number;
  readonly version: string;
  /** Absent where nobody looks for newer versions. */
  readonly isUpdateAvailable?: boolean | undefined;
}

const STATES: readonly ConnectionState['name'][] = [
  ...(['online', 'connecting', 'resolving', 'waiting', 'refused'] as const),
  ...(['discontinued', 'blocked', 'stopping', 'stopped'] as const),
];

interface Counted {
  readonly status: ConnectionStatus;
  readonly metered: MeteredConnection;
}

type PerConnection = readonly [
  name: string,
  type: Family['type'],
  help: string,
  of: (counted: Counted) => number | undefined,
];

const PER_CONNECTION: readonly PerConnection[] = [
  [
    'tunnels_total',
    'counter',
    'Connections that reached the target.',
    ({ status }) => status.counters.connections,
  ],
  ['active_tunnels', 'gauge', 'Of these, open now.', ({ status }) => status.counters.open],
  [
    'tunnel_failures_total',
    'counter',
    'Connections that the sender or the relay broke off.',
    ({ status }) => status.counters.tunnelFailures,
  ],
  [
    'registrations_total',
    'counter',
    'How often the relay gave a place to this manager.',
    ({ metered }) => metered.registrations,
  ],
  [
    'registrations_lost_total',
    'counter',
    'How often that place was lost.',
    ({ metered }) => metered.registrationsLost,
  ],
  [
    'policy_violations_total',
    'counter',
    "What the administrator's policy did not let happen.",
    ({ metered }) => metered.policyViolations,
  ],
  [
    'diagnoses_total',
    'counter',
    'Senders that diagnose and were answered.',
    ({ metered }) => metered.diagnoses,
  ],
  [
    'target_failing',
    'gauge',
    '1 while the last connection did not reach the target or its name does not resolve, else 0.',
    ({ status }) => (status.targetFailure === undefined ? 0 : 1),
  ],
  [
    'relay_listeners',
    'gauge',
    'Listeners of the hybrid connection as the relay last said, this one included.',
    ({ status }) => status.relay?.listeners,
  ],
];

/** All metrics of a manager, as text. */
export function managerMetrics(sources: ManagerMetricSources): string {
  return exposition([
    ...processWide(sources),
    ...connectionFamilies(sources),
    ...processFamilies(new Map([[0, sources.health]])),
  ]);
}

function processWide(sources: ManagerMetricSources): Family[] {
  const { isUpdateAvailable, policy } = sources;
  const single = (name: string, type: Family['type'], help: string, value: number | undefined): Family => {
    return { name, type, help, samples: value === undefined ? [] : [{ value }] };
  };
  return [
    {
      name: 'hybridge_build_info',
      type: 'gauge',
      help: 'Always 1; its labels say what runs.',
      samples: [{ labels: { version: sources.version, node: process.version }, value: 1 }],
    },
    single('hybridge_uptime_seconds', 'gauge', 'Time since the start.', sources.health.uptimeSeconds),
    single(
      'hybridge_audit_records_lost_total',
      'counter',
      'Audit records that could not be written.',
      sources.auditRecordsLost,
    ),
    single(
      'hybridge_manager_system_log_records_lost_total',
      'counter',
      "Audit records that the system's log did not take.",
      sources.systemLogRecordsLost,
    ),
    single(
      'hybridge_manager_policy_unusable',
      'gauge',
      "1 while the administrator's policy cannot be used and blocks everything, else 0.",
      policy.unusable === undefined ? 0 : 1,
    ),
    single(
      'hybridge_manager_update_available',
      'gauge',
      '1 when a newer version is known, else 0.',
      isUpdateAvailable === undefined ? undefined : Number(isUpdateAvailable),
    ),
  ];
}

function connectionFamilies({ connections, meter }: ManagerMetricSources): Family[] {
  const all = connections.map((status) => {
    const labels = { namespace: status.namespace, hybrid_connection: status.hybridConnection };
    return { status, labels, metered: meter.of(connectionId(status)) };
  });
  return [
    {
      name: 'hybridge_manager_connection_state',
      type: 'gauge',
      help: '1 for the state that the hybrid connection has, 0 for the others.',
      samples: all.flatMap(({ status, labels }) =>
        STATES.map((state) => ({ labels: { ...labels, state }, value: state === status.state.name ? 1 : 0 })),
      ),
    },
    {
      name: 'hybridge_manager_bytes_transferred_total',
      type: 'counter',
      help: 'Payload bytes of connections, open ones included.',
      samples: all.flatMap(({ labels, status: { counters } }): Sample[] => [
        { labels: { ...labels, direction: 'to_target' }, value: counters.bytesToTarget },
        { labels: { ...labels, direction: 'from_target' }, value: counters.bytesFromTarget },
      ]),
    },
    {
      name: 'hybridge_manager_target_failures_total',
      type: 'counter',
      help: 'Connections that the target did not take, by what went wrong.',
      samples: all.flatMap(({ labels, metered }) =>
        [...metered.targetFailures].map(([code, value]) => ({ labels: { ...labels, code }, value })),
      ),
    },
    ...PER_CONNECTION.map(([name, type, help, of]): Family => {
      const samples = all.flatMap((each): Sample[] => {
        const value = of(each);
        return value === undefined ? [] : [{ labels: each.labels, value }];
      });
      return { name: `hybridge_manager_${name}`, type, help, samples };
    }),
  ];
}
