/**
 * How a sender multiplexes: what can be said, and what holds when nothing is.
 * @module
 */
import { RelayError } from '@hybridge/protocol';

/** How many tunnels share a rendezvous. */
export interface MultiplexOptions {
  /**
   * Streams in one session, at once; fewer if the listener takes fewer. 1 to 1,000.
   * @defaultValue 64: half of a session's memory then is for windows above 1 MiB
   */
  readonly maxStreams?: number | undefined;
  /**
   * Sessions at once. When all are full, tunnels are opened on their own. 1 to 1,000.
   * @defaultValue 8
   */
  readonly maxSessions?: number | undefined;
  /**
   * How long a session without streams stays open, in milliseconds.
   * @defaultValue 30_000
   */
  readonly idleTimeoutMs?: number | undefined;
}

/** The same with nothing left open. */
export type ResolvedMultiplex = { readonly [Name in keyof MultiplexOptions]-?: number };

const DEFAULTS: ResolvedMultiplex = { maxStreams: 64, maxSessions: 8, idleTimeoutMs: 30_000 };

const MOST = { maxStreams: 1_000, maxSessions: 1_000, idleTimeoutMs: 2 ** 31 - 1 } as const;

/**
 * Checks the options and fills in what was left out. @returns nothing when there is to be no multiplexing.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function resolveMultiplex(
  given: boolean | MultiplexOptions | undefined,
): ResolvedMultiplex | undefined {
  if (given === undefined || given === false) return undefined;
  const options = given === true ? {} : given;
  const of = (name: keyof MultiplexOptions) => {
    const value = options[name] ?? DEFAULTS[name];
    if (Number.isInteger(value) && value >= 1 && value <= MOST[name]) return value;
    throw new RelayError(
      'ERR_RELAY_ARGUMENT',
      `multiplex.${name} must be a whole number from 1 to ${MOST[name]}`,
    );
  };
  return {
    maxStreams: of('maxStreams'),
    maxSessions: of('maxSessions'),
    idleTimeoutMs: of('idleTimeoutMs'),
  };
}
