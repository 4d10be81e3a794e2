/**
 * What stands in the audit log: the documented record, with members of our own under `properties`.
 *
 * The casing of the documented members is mixed; so it is in what others write and read.
 *
 * Source: docs/protocol.md, section 9.3; docs/audit-and-metrics.md (one example of each).
 * @module
 */
import type { RelayEvent, RelayEvents } from '../events.js';
import type { ResourceLabels } from '../model/model.js';

/** One record. */
export interface AuditRecord {
  /** Of the namespace, in capitals; of the relay itself where a record belongs to none. */
  readonly resourceId: string;
  /** The tracking id, which ties together what sender, relay and listener write. */
  readonly ActivityId: string;
  readonly endpoint: string;
  /** With its prefix, such as `Microsoft.Relay/HybridConnections/`. */
  readonly operationName: string;
  /** ISO 8601, UTC, with seven decimals as in the documentation. */
  readonly EventTimeString: string;
  readonly message: string;
  readonly category: AuditCategory;
  /** Who, from where, how much, why. Never holds a key or a token. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** `HybridConnectionsEvent` is documented; `Administrative` is what changes are called in Azure's activity log. */
type AuditCategory = 'HybridConnectionsEvent' | 'Administrative';

/** An event, as it comes from the relay or from one of its workers. */
export type AuditedEvent<Name extends keyof RelayEvents = keyof RelayEvents> = RelayEvents[Name][0] & {
  readonly worker?: number;
};

/** What stands before the word of an event. */
export const OPERATION_PREFIX = 'Microsoft.Relay/HybridConnections/';

/** How each operation reads. Source: docs/protocol.md, section 9.3. */
const MESSAGES: Readonly<Record<string, string>> = {
  NewListenerRegistered: 'New listener registered.',
  ListenerUnregistered: 'Listener unregistered.',
  ListenerClosingFromExpiredToken: 'Listener is closing because its token is expired.',
  NewSenderRegistering: 'New sender registering.',
  MessageSendingToListener: 'Message is being sent to listener.',
  MessageSentToListener: 'Message sent to listener.',
  ListenerAcceptingConnection: 'Listener is accepting the connection.',
  ListenerAcceptingConnectionTimeout: 'No listener accepted the connection in time.',
  ListenerRejectedConnection: 'Listener rejected the connection.',
  SenderListenerConnectionEstablished: 'Sender and listener are connected.',
  SenderConnectionClosed: 'Sender connection closed.',
  SenderSentHttpRequest: 'Sender sent an HTTP request.',
  ListenerReturningHttpResponse: 'Listener is returning an HTTP response.',
  ListenerReturningHttpResponseFailed: 'Listener is returning an HTTP response that failed.',
  ListenerSentHttpResponse: 'Listener sent an HTTP response.',
  ListenerAcceptingHttpRequestFailed: 'Listener failed to accept the HTTP request.',
  ListenerAcceptingRequestTimeout: 'No listener accepted the HTTP request in time.',
  ListenerUnresponsive: 'Listener is unresponsive.',
  AuthorizationFailed: 'Authorization failed.',
  InvalidSasToken: 'The shared access signature is not valid.',
  ProcessingRequestFailed: 'Processing the request failed.',
};

/** All operations of the data plane. */
export const OPERATIONS: readonly string[] = Object.keys(MESSAGES);

/** One for each HTTP request, which says all of it: written where `audit.requests` is set. */
export const REQUEST_EVENTS: readonly (keyof RelayEvents)[] = ['request-ended'];

/** Steps on the way to what is recorded anyway: written where `audit.steps` is set. */
export const STEP_EVENTS: readonly (keyof RelayEvents)[] = [
  'request-received',
  'response-begun',
  'listener-calling',
  'listener-called',
  'listener-accepting',
];

/** Events that are always written. */
export const MAIN_EVENTS: readonly (keyof RelayEvents)[] = [
  'listener-registered',
  'listener-unregistered',
  'listener-slow',
  'sender-connecting',
  'listener-declined',
  'tunnel-opened',
  'tunnel-closed',
  'refused',
];

/** The record of an event. @param labels - under which the namespace stands */
export function recordOf(event: AuditedEvent, labels: ResourceLabels): AuditRecord {
  const { operationName, time, namespace, hybridConnection, trackingId, ...rest } = event as RelayEvent;
  const place = hybridConnection === undefined ? '' : `${namespace}/${hybridConnection}/`;
  return {
    resourceId: resourceIdOf(labels, namespace),
    ActivityId: trackingId,
    endpoint: `sb://${place}${trackingId}`,
    operationName: OPERATION_PREFIX + operationName,
    EventTimeString: eventTime(time),
    message: MESSAGES[operationName] ?? operationName,
    category: 'HybridConnectionsEvent',
    properties: { namespace, hybridConnection, ...rest },
  };
}

/** The time of a record, from milliseconds: more is not known. */
export function eventTime(time: Date): string {
  return `${time.toISOString().slice(0, -1)}0000Z`;
}

/** What was made last for each resource: there may be thousands of records a second. */
const RESOURCE_IDS = new WeakMap<ResourceLabels, { readonly namespace: string; readonly id: string }>();

/** As Azure's logs have it. @param labels - never change */
export function resourceIdOf(labels: ResourceLabels, namespace = ''): string {
  const known = RESOURCE_IDS.get(labels);
  if (known?.namespace === namespace) return known.id;
  const { subscription, resourceGroup } = labels;
  const relay = `/SUBSCRIPTIONS/${subscription}/RESOURCEGROUPS/${resourceGroup}/PROVIDERS/MICROSOFT.RELAY`;
  const id = (namespace === '' ? relay : `${relay}/NAMESPACES/${namespace}`).toUpperCase();
  RESOURCE_IDS.set(labels, { namespace, id });
  return id;
}
