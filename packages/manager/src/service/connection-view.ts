/**
 * A hybrid connection as the control API tells of it: the status of the manager in plain values.
 * @module
 */
import { connectionId } from '../status/connection-id.js';
import type { ConnectionState, ConnectionStatus } from '../status/connection-status.js';
import type { Connection, State } from './api.js';

/** What is known beside the status. */
export interface ViewDetails {
  /** When the state came to be what it is. */
  readonly since: Date;
  /** The target stands in the configuration. */
  readonly isConfiguredEndpoint: boolean;
}

/** Makes it. */
export function connectionView(
  status: ConnectionStatus,
  { since, isConfiguredEndpoint }: ViewDetails,
): Connection {
  const { name, namespace, serviceEndpoint, hybridConnection, target, replacement, relay, clock } = status;
  const { counters, traffic, targetFailure } = status;
  return {
    id: connectionId(status),
    ...{ name, namespace, serviceEndpoint, hybridConnection },
    ...(target !== undefined && { target }),
    isConfiguredEndpoint,
    state: { since: since.toISOString(), ...stateView(status.state) },
    ...(replacement && { replacement: stateView(replacement) }),
    ...(relay && {
      relay: {
        at: relay.at.toISOString(),
        ...(relay.createdAt && { createdAt: relay.createdAt.toISOString() }),
        ...(relay.updatedAt && { updatedAt: relay.updatedAt.toISOString() }),
        ...(relay.listeners !== undefined && { listeners: relay.listeners }),
      },
    }),
    counters,
    traffic: {
      ...traffic,
      minutes: traffic.minutes.map((minute) => ({ ...minute, startsAt: minute.startsAt.toISOString() })),
    },
    ...(clock && { clock }),
    ...(targetFailure && { targetFailure: { ...targetFailure, at: targetFailure.at.toISOString() } }),
  };
}

function stateView(state: ConnectionState): Omit<State, 'since'> & Partial<Pick<State, 'since'>> {
  const { since, retryAt, attempt, rule, statement, because, advice } = state as Partial<
    Record<'since' | 'retryAt', Date> & { because: NodeJS.ErrnoException } & {
      attempt: number;
      rule: string;
      statement: string;
      advice: string;
    }
  >;
  return {
    name: state.name,
    ...(since && { since: since.toISOString() }),
    ...(retryAt && { retryAt: retryAt.toISOString() }),
    ...(attempt !== undefined && { attempt }),
    ...(rule !== undefined && { rule }),
    ...(statement !== undefined && { statement }),
    ...(because && {
      because: { code: because.code ?? because.name, message: because.message, ...(advice && { advice }) },
    }),
  };
}
