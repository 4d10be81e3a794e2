/**
 * What a manager says about the hybrid connections that it holds.
 * @module
 */

/** Where a hybrid connection stands with its relay. */
export type ConnectionState =
  /** Not started yet, or stopped. */
  | { readonly name: 'stopped' }
  /** Asks the relay for the endpoint, or the resolver where that leads, before anything else. */
  | ({ readonly name: 'resolving'; readonly attempt: number } & Partial<Trouble>)
  /** On the way to the relay; with what went wrong before, until it is online. */
  | ({ readonly name: 'connecting'; readonly attempt: number } & Partial<Trouble>)
  /** The relay can hand out connections to this manager. */
  | { readonly name: 'online'; readonly since: Date }
  /** The relay is out of reach, or went away; tried again at `retryAt`. */
  | ({ readonly name: 'waiting'; readonly retryAt: Date } & Trouble)
  /**
   * The relay said no: to the key, to the hybrid connection's name, or it knows no endpoint; or a proxy said no to its credentials.
   * Tried again, slowly, in case it is mended there.
   */
  | ({ readonly name: 'refused'; readonly retryAt: Date } & Trouble)
  /** The namespace is retired: the relay says so, or its name has been gone from the DNS for minutes. Looked at again, slowly. */
  | ({
      readonly name: 'discontinued';
      readonly retryAt: Date;
      /** For people: what that means. */
      readonly statement: string;
    } & Trouble)
  /** The administrator's policy forbids it. It is not registered at the relay. */
  | ({
      readonly name: 'blocked';
      /** The rule, as the policy has it. */
      readonly rule: string;
      /** When it is looked at again; absent where only another policy or configuration can change it. */
      readonly retryAt?: Date;
    } & Trouble)
  /** Takes no new connection; the open ones are given their time. */
  | { readonly name: 'stopping' };

/** What went wrong, and what to do about it. */
export interface Trouble {
  /** Its `code` is for programs, its message for people. */
  readonly because: Error;
  /** One line for people: what to do next. The words are those of `hybridge test`. */
  readonly advice: string;
}

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

/** The last time that the target could not be reached, or its name not be resolved. */
export interface TargetFailure {
  readonly at: Date;
  /** Node's word for it: `ECONNREFUSED`, `ENOTFOUND`, `ETIMEDOUT` … */
  readonly code: string;
  /** For the administrator: may name the host, unlike what the sender is told. */
  readonly message: string;
  /** One line for the administrator: what to do next. */
  readonly advice: string;
}

/** A hybrid connection, as its relay describes it. */
export interface RelaySide {
  /** When this was learnt. */
  readonly at: Date;
  readonly createdAt: Date | undefined;
  readonly updatedAt: Date | undefined;
  /** How many listeners hold it: managers anywhere, this one included. */
  readonly listeners: number | undefined;
}

/** A clock that is too far off for tokens, which are good for a time. */
export interface ClockTrouble {
  /** What the relay's clock is ahead of this machine's, in milliseconds. */
  readonly behindMs: number;
  /** In one line. */
  readonly message: string;
  /** What to do next. */
  readonly advice: string;
}

/** How much goes over a hybrid connection now, and went in the last hour. */
export interface TrafficStatus {
  /** Payload bytes a second, over the last seconds. */
  readonly toTargetPerSecond: number;
  readonly fromTargetPerSecond: number;
  /** The last sixty minutes in which there was anything, oldest first, the running one included. */
  readonly minutes: readonly TrafficMinute[];
}

/** One minute of traffic. */
export interface TrafficMinute {
  readonly startsAt: Date;
  readonly connections: number;
  readonly bytesToTarget: number;
  readonly bytesFromTarget: number;
}

/** Something that the administrator's policy did not let happen. */
export interface PolicyViolation {
  readonly at: Date;
  /** Before it was registered at the relay, at a dial, or because the policy or the name is another one by now. */
  readonly during: 'registration' | 'dial';
  /** The rule, as the policy has it. */
  readonly rule: string;
  /** A sentence for the administrator. */
  readonly message: string;
  /** The target, as `host:port`, if it is about that. */
  readonly target?: string | undefined;
  /** The address that the target's name led to, if it is about that. */
  readonly address?: string | undefined;
}

/** One hybrid connection: what it is, how it is, and what it did. */
export interface ConnectionStatus {
  readonly name: string;
  /** Host of the relay's namespace. */
  readonly namespace: string;
  /** Address of the relay, as in the connection string. */
  readonly serviceEndpoint: string;
  /** Name of the hybrid connection in its namespace. */
  readonly hybridConnection: string;
  /** The target, as `host:port`; absent until the relay has named it. */
  readonly target?: string;
  readonly state: ConnectionState;
  /** While a changed key or way to the relay is tried and the former one still holds the hybrid connection. */
  readonly replacement?: ConnectionState;
  /** What the relay says of it; absent until it was asked, which it is at each connecting and once a minute. */
  readonly relay?: RelaySide;
  /** When this machine's clock is off the relay's by more than that grants; looked at as `relay` is. */
  readonly clock?: ClockTrouble;
  readonly traffic: TrafficStatus;
  readonly counters: ConnectionCounters;
  /** Absent as long as the target's name resolves and it took every connection, and again once it takes one. */
  readonly targetFailure?: TargetFailure;
}

/** A sender that came, and where it wanted to go. */
export interface ForwardedSender {
  /** Its tracking id, to find it in the logs of all three parties. */
  readonly id: string;
  /** The id in the relay's log, where the sender has many connections in one; else the same. */
  readonly rendezvousId: string;
  /** Where the relay says that the sender is. */
  readonly remoteEndpoint: { readonly address: string; readonly port: number };
  /** The target, as `host:port`. */
  readonly target: string;
}

/** A sender that was not led to the target. */
export interface RefusedSender extends ForwardedSender {
  /** What the administrator's policy had against it; absent where the target itself failed. */
  readonly violation?: PolicyViolation;
}

/** One connection from a sender to the target, at its beginning. */
export interface ForwardedConnection extends ForwardedSender {
  /** The address that was dialled for the target, as far as it is known. */
  readonly address: string | undefined;
  /** This machine's port of the connection to the target: what the target's own log has. */
  readonly localPort: number | undefined;
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
