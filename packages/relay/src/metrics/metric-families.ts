/**
 * The relay's metrics under Prometheus' names.
 *
 * Each documented metric of Azure Relay has one; its documented name stands first in the help text. The rest is ours, or
 * is called as most exporters call it.
 *
 * Source: docs/protocol.md, section 9.2; docs/audit-and-metrics.md (the table).
 * @module
 */
import { type Family, type ProcessHealth, processFamilies, type Sample } from '@hybridge/service';
import { ALARM_IDS, type Alarm } from './alarms.js';
import type { EntityCounts } from './counts.js';
import type { Metered } from './metering.js';

/** What the metrics are made from. */
export interface MetricSources {
  readonly counts: readonly EntityCounts[];
  /** By `action code`. */
  readonly refusals: ReadonlyMap<string, number>;
  readonly metered: readonly Metered[];
  /** By the number of the process: 0 for the only one or the primary. */
  readonly health: ReadonlyMap<number, ProcessHealth>;
  readonly alarms: readonly Alarm[];
  readonly auditRecordsLost: number;
  readonly storeWriteFailures: number;
  readonly version: string;
  readonly uptimeSeconds: number;
}

type PerEntity = readonly [
  name: string,
  type: Family['type'],
  help: string,
  of: (counts: EntityCounts) => number,
];

const PER_ENTITY: readonly PerEntity[] = [
  [
    'hybridge_listener_connections_success_total',
    'counter',
    'ListenerConnections-Success: control channels that were opened.',
    (counts) => counts.listenerSuccess,
  ],
  [
    'hybridge_listener_connections_client_error_total',
    'counter',
    'ListenerConnections-ClientError: listeners that were refused with a status below 500.',
    (counts) => counts.listenerClientError,
  ],
  [
    'hybridge_listener_connections_server_error_total',
    'counter',
    'ListenerConnections-ServerError: listeners that were refused with a status from 500 on.',
    (counts) => counts.listenerServerError,
  ],
  [
    'hybridge_listener_connections_total',
    'counter',
    'ListenerConnections-TotalRequests: control channels that were asked for.',
    (counts) => counts.listenerSuccess + counts.listenerClientError + counts.listenerServerError,
  ],
  [
    'hybridge_sender_connections_success_total',
    'counter',
    'SenderConnections-Success: senders that were joined to a listener, and HTTP requests that one answered.',
    (counts) => counts.senderSuccess,
  ],
  [
    'hybridge_sender_connections_client_error_total',
    'counter',
    'SenderConnections-ClientError: senders and HTTP requests that were refused with a status below 500.',
    (counts) => counts.senderClientError,
  ],
  [
    'hybridge_sender_connections_server_error_total',
    'counter',
    'SenderConnections-ServerError: senders and HTTP requests that were refused with a status from 500 on.',
    (counts) => counts.senderServerError,
  ],
  [
    'hybridge_sender_connections_total',
    'counter',
    'SenderConnections-TotalRequests: connections and HTTP requests that were asked for and decided.',
    (counts) => counts.senderSuccess + counts.senderClientError + counts.senderServerError,
  ],
  [
    'hybridge_active_connections',
    'gauge',
    'ActiveConnections: joined connections.',
    (counts) => counts.connections,
  ],
  ['hybridge_active_listeners', 'gauge', 'ActiveListeners: control channels.', (counts) => counts.listeners],
  [
    'hybridge_listener_disconnects_total',
    'counter',
    'ListenerDisconnects: control channels that ended.',
    (counts) => counts.listenerDisconnects,
  ],
  [
    'hybridge_sender_disconnects_total',
    'counter',
    'SenderDisconnects: joined connections that ended.',
    (counts) => counts.senderDisconnects,
  ],
  ['hybridge_http_requests_total', 'counter', 'HTTP requests that were let in.', (counts) => counts.requests],
  ['hybridge_active_http_requests', 'gauge', 'HTTP requests under way.', (counts) => counts.requestsUnderWay],
];

/** All metrics of a relay. */
export function metricFamilies(sources: MetricSources): Family[] {
  return [...relayFamilies(sources), ...entityFamilies(sources), ...processFamilies(sources.health)];
}

function entityFamilies({ counts, metered }: MetricSources): Family[] {
  const places = counts.map(({ namespace, hybridConnection }) => {
    return { namespace, hybrid_connection: hybridConnection };
  });
  const meteredPlaces = metered.map(({ namespace, name }) => ({ namespace, hybrid_connection: name }));
  return [
    ...PER_ENTITY.map(([name, type, help, of]) => {
      return {
        name,
        type,
        help,
        samples: counts.map((each, i) => ({ labels: places[i]!, value: of(each) })),
      };
    }),
    {
      name: 'hybridge_bytes_transferred_total',
      type: 'counter',
      help: 'BytesTransferred: payload bytes of joined connections and bodies of HTTP requests.',
      samples: counts.flatMap((each, i): Sample[] => [
        { labels: { ...places[i]!, direction: 'from_sender' }, value: each.bytesFromSenders },
        { labels: { ...places[i]!, direction: 'from_listener' }, value: each.bytesFromListeners },
      ]),
    },
    {
      name: 'hybridge_metered_listener_hours_total',
      type: 'counter',
      help: 'Hours of all listeners together, restarts of the relay included.',
      samples: metered.map(({ listenerHours: value }, i) => ({ labels: meteredPlaces[i]!, value })),
    },
    {
      name: 'hybridge_metered_bytes_total',
      type: 'counter',
      help: 'Payload bytes, restarts of the relay included.',
      samples: metered.map(({ bytes: value }, i) => ({ labels: meteredPlaces[i]!, value })),
    },
  ];
}

function relayFamilies(sources: MetricSources): Family[] {
  const raised = new Set<string>(sources.alarms.map(({ id }) => id));
  return [
    {
      name: 'hybridge_build_info',
      type: 'gauge',
      help: 'Always 1; its labels say what runs.',
      samples: [{ labels: { version: sources.version, node: process.version }, value: 1 }],
    },
    {
      name: 'hybridge_uptime_seconds',
      type: 'gauge',
      help: 'Time since the relay was started.',
      samples: [{ value: sources.uptimeSeconds }],
    },
    {
      name: 'hybridge_alarm',
      type: 'gauge',
      help: '1 while the alarm is raised, else 0.',
      samples: ALARM_IDS.map((id) => ({ labels: { id }, value: raised.has(id) ? 1 : 0 })),
    },
    {
      name: 'hybridge_audit_records_lost_total',
      type: 'counter',
      help: 'Audit records that could not be written.',
      samples: [{ value: sources.auditRecordsLost }],
    },
    {
      name: 'hybridge_store_write_failures_total',
      type: 'counter',
      help: 'Changes that could not be kept.',
      samples: [{ value: sources.storeWriteFailures }],
    },
    {
      name: 'hybridge_refusals_total',
      type: 'counter',
      help: 'Requests that were refused, by what was asked for and why.',
      samples: [...sources.refusals].map(([kind, value]) => {
        const [action = '', code = ''] = kind.split(' ');
        return { labels: { action, code }, value };
      }),
    },
  ];
}
