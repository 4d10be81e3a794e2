/**
 * What a manager says about the hybrid connections that it holds.
 * @module
 */

/** Where a hybrid connection stands with its relay. */
export type ConnectionState =
  /** Not started yet, or stopped. */
  | { readonly name: 'stopped' }
  /** On the way to the relay. */
  | { readonly name: 'connecting'; readonly attempt: number }
  /** The relay can hand out connections to this manager. */
  | { readonly name: 'online'; readonly since: Date }
  /** The relay is out of reach, or went away; tried again at `retryAt`. */
  | { readonly name: 'waiting'; readonly retryAt: Date; readonly because: Error }
  /** The relay said no: to the key, or to the hybrid connection's name. Tried again, slowly, in case it is mended there. */
  | { readonly name: 'refused'; readonly retryAt: Date; readonly because: Error }
  /** Takes no new connection; the open ones are given their time. */
  | { readonly name: 'stopping' };

/** What went over a hybrid connection since the manager started. */
export interface ConnectionCounters {
  /** Connections that reached the target, the open ones included. */
  readonly connections: number;
  /** Of these, open now. */
  readonly open: number;
  /** Connections that the target did not take. */
  readonly targetFailures: number;
  /** Connections that the sender or the relay broke off, rather than ended. */
  readonly tunnelFailures: number;
  /** Payload bytes from senders to the target. */
  readonly bytesToTarget: number;
  /** Payload bytes from the target to senders. */
  readonly bytesFromTarget: number;
}

/** The last time that the target could not be reached. */
export interface TargetFailure {
  readonly at: Date;
  /** Node's word for it: `ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT` … */
  readonly code: string;
  /** For the administrator: may name the host, unlike what the sender is told. */
  readonly message: string;
}

/** One hybrid connection: what it is, how it is, and what it did. */
export interface ConnectionStatus {
  readonly name: string;
  /** Host of the relay's namespace. */
  readonly namespace: string;
  /** Name of the hybrid connection in its namespace. */
  readonly hybridConnection: string;
  /** The target, as `host:port`. */
  readonly target: string;
  readonly state: ConnectionState;
  readonly counters: ConnectionCounters;
  /** Absent as long as the target took every connection, and again once it takes one. */
  readonly targetFailure?: TargetFailure;
}

/** One connection from a sender to the target, at its beginning. */
export interface ForwardedConnection {
  /** The relay's id for it, to find it in the logs of all three parties. */
  readonly id: string;
  /** Where the relay says that the sender is. */
  readonly remoteEndpoint: { readonly address: string; readonly port: number };
  readonly openedAt: Date;
}

/** The same connection at its end. */
export interface ForwardedConnectionEnd extends ForwardedConnection {
  /** Who ended it, and how: `finished` is an orderly end on both sides. */
  readonly reason: 'finished' | 'target failed' | 'tunnel failed' | 'stopped';
  readonly error: Error | undefined;
  readonly bytesToTarget: number;
  readonly bytesFromTarget: number;
  readonly durationMs: number;
}
