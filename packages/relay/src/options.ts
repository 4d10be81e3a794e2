/**
 * What a relay can be told, and what holds when it is not.
 *
 * The shape is that of the configuration file, so `loadRelayConfig()` gives options; some things (a logger, a clock)
 * exist here only. Checking is in `config-schema.ts`.
 * @module
 */
import {
  ACCEPT_TIMEOUT_MS,
  MAX_CONNECTIONS_PER_NAMESPACE,
  MAX_LISTENERS,
  PING_INTERVAL_MS,
  TOKEN_GRACE_MS,
} from '@hybridge/protocol';
import type { Backplane } from './backplane.js';
import type { Logger } from './logger.js';

/** What a shared access policy allows. `Manage` includes the other two. */
export type Right = 'Manage' | 'Send' | 'Listen';

/** A shared access policy. */
export interface AuthorizationRuleOptions {
  readonly name: string;
  readonly rights: readonly Right[];
  /** @defaultValue generated, and kept in `dataDir` */
  readonly primaryKey?: string;
  /** @defaultValue generated, and kept in `dataDir` */
  readonly secondaryKey?: string;
}

/** A hybrid connection: a name that listeners answer for. */
export interface HybridConnectionOptions {
  /** May contain slashes, not at its ends. Case does not matter. */
  readonly name: string;
  /** The target behind the listener, `host:port`. Told to whoever manages the relay; the relay itself does not dial it. */
  readonly endpoint?: string;
  /**
   * Whether senders need a token. Listeners always do.
   * @defaultValue true
   */
  readonly requiresClientAuthorization?: boolean;
  /** @defaultValue `defaultListener` with the right Listen and `defaultSender` with the right Send */
  readonly authorizationRules?: readonly AuthorizationRuleOptions[];
}

/** A namespace: what a DNS name of the relay holds. */
export interface NamespaceOptions {
  /** Its DNS name. The only namespace of a relay answers to any other name too. */
  readonly name: string;
  /** Other names it answers to, without ports. */
  readonly hosts?: readonly string[];
  /** @defaultValue `RootManageSharedAccessKey` with all rights */
  readonly authorizationRules?: readonly AuthorizationRuleOptions[];
  readonly hybridConnections?: readonly HybridConnectionOptions[];
}

/** Where the data plane listens. */
export interface ListenOptions {
  /** @defaultValue 127.0.0.1 */
  readonly host?: string;
  /**
   * 0 for any free one.
   * @defaultValue 8080
   */
  readonly port?: number;
  /** Certificate chain and private key, PEM. Absent: plain TCP, for loopback or behind a proxy that does TLS. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array };
}

/** Where health and status are served. */
export interface AdminOptions {
  /** @defaultValue 127.0.0.1 */
  readonly host?: string;
  /** @defaultValue 8081 */
  readonly port?: number;
  /** The bearer token that `/api` asks for. @defaultValue the content of `tokenFile` */
  readonly token?: string;
  /** Holds the token; made, mode 0600, when it is not there. @defaultValue `admin.token` in `dataDir` */
  readonly tokenFile?: string;
}

/** How much of each the relay takes. */
export interface RelayLimits {
  /** @defaultValue 25, the documented limit */
  readonly listenersPerHybridConnection?: number;
  /** Senders that are joined or wait. @defaultValue 5_000, the documented limit */
  readonly connectionsPerNamespace?: number;
  /** Senders that wait for a listener. @defaultValue 2_000: with `acceptMs` 30 s, 66 dead dials a second */
  readonly pendingPerNamespace?: number;
  /** Connections that have not sent their request yet; one more, and the oldest is cut. @defaultValue 4_096 */
  readonly handshakes?: number;
  /** Bytes queued to one listener that does not read its control channel, before it is cut. @defaultValue 1 MiB */
  readonly controlBacklogBytes?: number;
}

/** How long the relay waits. All in milliseconds. */
export interface RelayTimeouts {
  /** For the TLS handshake and the whole request header. @defaultValue 10_000 */
  readonly handshakeMs?: number;
  /** A sender for a listener. @defaultValue 30_000, the documented life of a rendezvous address */
  readonly acceptMs?: number;
  /** Between two pings on every control channel and on both legs of every joined connection. @defaultValue 60_000 */
  readonly pingIntervalMs?: number;
  /** For any sign of life after a ping, before a control channel is cut. @defaultValue 35_000; clients may take 30 s */
  readonly pongMs?: number;
  /** After the expiry of a token, before it counts as expired. @defaultValue 300_000, what Azure's service grants */
  readonly tokenGraceMs?: number;
  /** For open connections to end by themselves, in `close()`. @defaultValue 10_000 */
  readonly drainMs?: number;
}

/** All that a relay can be told. */
export interface RelayOptions {
  /** Folder for generated keys and the admin token. Absent: they live as long as the relay. */
  readonly dataDir?: string;
  readonly listen?: ListenOptions;
  /** What rendezvous addresses and connection strings begin with. @defaultValue the host that the listener used */
  readonly publicUrl?: string;
  /** Absent: no such port. */
  readonly admin?: AdminOptions;
  /** @defaultValue one, `localhost` */
  readonly namespaces?: readonly NamespaceOptions[];
  readonly limits?: RelayLimits;
  readonly timeouts?: RelayTimeouts;
  /** @defaultValue writes nothing */
  readonly logger?: Logger;
  /** @defaultValue a `MemoryBackplane`: one process */
  readonly backplane?: Backplane;
  /** The clock for tokens and events, in milliseconds since 1970. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** What a configuration file says, with its references resolved. Ready to be given to `RelayServer`. */
export type RelayConfig = Omit<RelayOptions, 'logger' | 'backplane' | 'now'>;

/** Every default of a number, in one place. */
export const DEFAULTS = {
  host: '127.0.0.1',
  port: 8080,
  adminPort: 8081,
  limits: {
    listenersPerHybridConnection: MAX_LISTENERS,
    connectionsPerNamespace: MAX_CONNECTIONS_PER_NAMESPACE,
    pendingPerNamespace: 2_000,
    handshakes: 4_096,
    controlBacklogBytes: 1_048_576,
  },
  timeouts: {
    handshakeMs: 10_000,
    acceptMs: ACCEPT_TIMEOUT_MS,
    pingIntervalMs: PING_INTERVAL_MS,
    pongMs: 35_000,
    tokenGraceMs: TOKEN_GRACE_MS,
    drainMs: 10_000,
  },
  namespaces: [{ name: 'localhost' }],
} as const satisfies {
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly limits: Required<RelayLimits>;
  readonly timeouts: Required<RelayTimeouts>;
  readonly namespaces: readonly NamespaceOptions[];
};

/** The policy a namespace has when none is declared. Source: docs/protocol.md, section 5.3. */
export const DEFAULT_NAMESPACE_RULES: readonly AuthorizationRuleOptions[] = [
  { name: 'RootManageSharedAccessKey', rights: ['Manage', 'Send', 'Listen'] },
];

/** The policies a hybrid connection has when none is declared. Source: docs/protocol.md, section 5.3. */
export const DEFAULT_HYBRID_CONNECTION_RULES: readonly AuthorizationRuleOptions[] = [
  { name: 'defaultListener', rights: ['Listen'] },
  { name: 'defaultSender', rights: ['Send'] },
];
