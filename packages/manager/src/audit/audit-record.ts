/**
 * What stands in a manager's audit log: one record for each thing that happened, made from the manager's events.
 *
 * Members may be added; none goes or changes its meaning. No key, token or connection string is ever in one.
 *
 * Source: docs/audit-and-metrics.md (the table of operations).
 * @module
 */
import { formatEndpoint } from '@hybridge/service';
import type { ConfigChange, PolicyStatus } from '../manager.js';
import type { ProbeAnswered } from '../probe/probe-answers.js';
import type {
  ConnectionState,
  ForwardedConnection,
  ForwardedConnectionEnd,
  ForwardedSender,
  PolicyViolation,
  RefusedSender,
  TargetFailure,
} from '../status/connection-status.js';
import { PolicyViolationError } from '../target/policy-violation.js';

/** What can be recorded, each with how serious it is in the words of syslog, and whether it is more than daily business. */
export const OPERATIONS: Readonly<
  Record<AuditOperation, { readonly severity: Severity; readonly isImportant: boolean }>
> = {
  'manager-started': { severity: 'notice', isImportant: true },
  'manager-stopped': { severity: 'notice', isImportant: true },
  registered: { severity: 'info', isImportant: true },
  unregistered: { severity: 'warning', isImportant: true },
  'registration-failed': { severity: 'warning', isImportant: true },
  'tunnel-opened': { severity: 'info', isImportant: false },
  'tunnel-ended': { severity: 'info', isImportant: false },
  'target-failed': { severity: 'warning', isImportant: false },
  'policy-violation': { severity: 'warning', isImportant: true },
  'policy-read': { severity: 'notice', isImportant: true },
  diagnosed: { severity: 'info', isImportant: false },
  'configuration-changed': { severity: 'notice', isImportant: true },
  'configuration-refused': { severity: 'warning', isImportant: true },
  administered: { severity: 'notice', isImportant: true },
  'records-lost': { severity: 'err', isImportant: true },
};

/** Of syslog, RFC 5424. */
export type Severity = 'err' | 'warning' | 'notice' | 'info';

/** What happened. */
export type AuditOperation =
  | 'manager-started'
  | 'manager-stopped'
  | 'registered'
  | 'unregistered'
  | 'registration-failed'
  | 'tunnel-opened'
  | 'tunnel-ended'
  | 'target-failed'
  | 'policy-violation'
  | 'policy-read'
  | 'diagnosed'
  | 'configuration-changed'
  | 'configuration-refused'
  | 'administered'
  | 'records-lost';

/** What a record says beside its time. Which members there are depends on the operation. */
export interface AuditFacts {
  readonly operation: AuditOperation;
  /** `namespace/hybridConnection` in small letters, where it is about one. */
  readonly connection?: string | undefined;
  readonly [fact: string]: unknown;
}

/** One record. */
export interface AuditRecord {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly operation: AuditOperation;
  readonly connection?: string | undefined;
  readonly [fact: string]: unknown;
}

/** Which record: what it has in common with all others. */
export interface AuditHead {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Id of the hybrid connection. */
  readonly connection: string | undefined;
}

/**
 * A sender reached the target.
 *
 * Of this and of the next one there may be thousands a second; so each is one object, written out: put together from others it costs
 * three times as much (0080).
 */
export function opened({ at, connection }: AuditHead, tunnel: ForwardedConnection): AuditRecord {
  const { id, rendezvousId, remoteEndpoint, target, address, localPort } = tunnel;
  return {
    at,
    operation: 'tunnel-opened',
    connection,
    id,
    rendezvousId: otherId(rendezvousId, id),
    sender: formatEndpoint(remoteEndpoint),
    target,
    address,
    localPort,
  };
}

/** It is over. */
export function ended({ at, connection }: AuditHead, tunnel: ForwardedConnectionEnd): AuditRecord {
  const { id, rendezvousId, remoteEndpoint, target, address, localPort, error } = tunnel;
  const isPolicy = error instanceof PolicyViolationError;
  return {
    at,
    operation: 'tunnel-ended',
    connection,
    id,
    rendezvousId: otherId(rendezvousId, id),
    sender: formatEndpoint(remoteEndpoint),
    target,
    address,
    localPort,
    openedAt: tunnel.openedAt.toISOString(),
    durationMs: tunnel.durationMs,
    bytesToTarget: tunnel.bytesToTarget,
    bytesFromTarget: tunnel.bytesFromTarget,
    reason: isPolicy ? 'policy' : tunnel.reason,
    rule: isPolicy ? error.violation.rule : undefined,
    code: (error as NodeJS.ErrnoException | undefined)?.code,
    message: error?.message,
  };
}

/** A sender was not led to the target: because of that, or of the policy. */
export function refused({ code, message }: TargetFailure, sender: RefusedSender): AuditFacts {
  const { violation } = sender;
  if (violation !== undefined) return { ...violated(violation), ...senderOf(sender) };
  return { operation: 'target-failed', ...senderOf(sender), code, message };
}

/** The policy did not let something happen. */
export function violated({ during, rule, message, target, address }: PolicyViolation): AuditFacts {
  return { operation: 'policy-violation', during, rule, message, target, address };
}

/** A sender that diagnoses was answered. */
export function diagnosed({ id, remoteEndpoint, target, outcome }: ProbeAnswered): AuditFacts {
  return { operation: 'diagnosed', id, sender: formatEndpoint(remoteEndpoint), target, outcome };
}

/** The policy was read again. */
export function policyRead({ path, unusable, ui, updates }: PolicyStatus): AuditFacts {
  return { operation: 'policy-read', path, unusable, ui, updates };
}

/** Another configuration holds; names of it. @param by - who changed it */
export function configured({ added, removed, changed }: ConfigChange, by: string): AuditFacts {
  return { operation: 'configuration-changed', by, added, removed, changed };
}

/** Why a hybrid connection is not online. */
export function troubleOf(state: ConnectionState): { readonly code?: unknown; readonly message?: string } {
  return 'because' in state && state.because !== undefined ? because(state.because) : {};
}

function because(error: Error): { readonly code?: unknown; readonly message: string } {
  return { code: (error as NodeJS.ErrnoException).code, message: error.message };
}

function senderOf({ id, rendezvousId, remoteEndpoint, target }: ForwardedSender) {
  return {
    id,
    rendezvousId: otherId(rendezvousId, id),
    sender: formatEndpoint(remoteEndpoint),
    target,
  };
}

/** Said where it says something. */
function otherId(rendezvousId: string | undefined, id: string): string | undefined {
  return rendezvousId === id ? undefined : rendezvousId;
}
