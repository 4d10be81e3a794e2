/**
 * What a forwarder is made of, how it dials, and what it tells.
 * @module
 */
import { createHmac } from 'node:crypto';
import type { LookupFunction } from 'node:net';
import { type AskRelayOptions, askRelay, type EntityDescription } from '@hybridge/diagnosis';
import { HybridConnectionListener, type IncomingConnection } from '@hybridge/listener';
import {
  type Conduit,
  type OpeningChannel,
  type Splice,
  splice,
  type TransportOptions,
} from '@hybridge/socket';
import type { ConnectionConfig } from '../config/manager-config.js';
import { Policy } from '../policy/policy.js';
import type { ProbeAnswered } from '../probe/probe-answers.js';
import type { DiagnosisDetail } from '../probe/probe-findings.js';
import type { ListenerPort } from '../registration/registration.js';
import type {
  ConnectionState,
  ForwardedConnection,
  ForwardedConnectionEnd,
  PolicyViolation,
  RefusedSender,
  TargetFailure,
} from '../status/connection-status.js';
import { LOOKUP } from '../target/guarded-lookup.js';

/** What a forwarder tells. */
export interface ForwarderEvents {
  /** Its state is another one. */
  state: [state: ConnectionState];
  /** A sender reached the target. */
  open: [connection: ForwardedConnection];
  /** That connection is over. */
  end: [connection: ForwardedConnectionEnd];
  /** The target could not be reached, and the sender was told so. */
  targetFailure: [failure: TargetFailure, sender: RefusedSender];
  /** A sender that diagnoses was told how it stands here. */
  diagnosis: [answered: ProbeAnswered];
  /** The administrator's policy did not let something happen. */
  policyViolation: [violation: PolicyViolation];
  /** A problem of one connection or message on the way to the relay, which touches nothing else. */
  warning: [problem: Error];
}

/** How a forwarder dials. */
export interface ForwarderOptions {
  /** Milliseconds that the target has to answer. */
  readonly targetTimeoutMs: number;
  /** How the relay is reached. */
  readonly transport?: TransportOptions;
  /** How many connections to the relay are kept dialled ahead. */
  readonly preconnect?: number;
  /** Whether senders of ours may have many streams in one rendezvous. */
  readonly multiplex?: boolean;
  /** What senders that diagnose are told. @defaultValue kinds */
  readonly diagnosis?: DiagnosisDetail;
}

/** What a forwarder is made of; exchanged in tests. */
export interface ForwarderParts {
  readonly listener: (
    config: ConnectionConfig,
    options: ForwarderOptions & { readonly id: string },
    accept: (incoming: IncomingConnection) => Promise<void>,
  ) => ListenerPort;
  readonly splice: (near: Conduit, tunnel: OpeningChannel) => Splice;
  /** Asks the relay about a hybrid connection. */
  readonly ask: (options: AskRelayOptions) => Promise<EntityDescription>;
  /** Resolves the target's name. */
  readonly lookup: LookupFunction;
  /** The policy of now. */
  readonly policy: () => Policy;
  /** Names this manager, and must stay secret; the place at the relay is taken over by whoever comes back with the same. */
  readonly managerKey: string;
}

/** The real ones, and no policy. */
export const PARTS: Omit<ForwarderParts, 'managerKey'> = {
  listener: ({ connectionString }, { transport, preconnect, multiplex, id }, acceptHandler) =>
    new HybridConnectionListener({
      ...{ connectionString, acceptHandler, ...transport, preconnect, multiplex, id },
    }),
  splice,
  ask: askRelay,
  lookup: LOOKUP,
  policy: () => ALLOWED,
};

const ALLOWED = new Policy();

/**
 * The id under which a hybrid connection is held: the same whenever the same manager comes back with the same settings, so that it
 * takes over the place that it may still have. With another key, or another way to the relay, it is another one: for a moment both
 * are there, and neither is to end the other.
 */
export function listenerId(
  managerKey: string,
  { namespace, hybridConnection, connectionString }: ConnectionConfig,
  { transport, preconnect, multiplex }: ForwarderOptions,
): string {
  const settings = [namespace, hybridConnection, connectionString, transport, preconnect, multiplex];
  return guidOf(createHmac('sha256', managerKey).update(JSON.stringify(settings)).digest('hex'));
}

/** A GUID of the kind that is made from something (RFC 9562, version 8). */
function guidOf(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
