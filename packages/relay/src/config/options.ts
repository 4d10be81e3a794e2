/**
 * What a relay can be told, and what holds when it is not.
 *
 * The shape is that of the configuration file, so `loadRelayConfig()` gives options; some things (a logger, a clock)
 * exist here only. Checking is in `config-schema.ts`.
 * @module
 */
import {
  ACCEPT_TIMEOUT_MS,
  BODY_IDLE_TIMEOUT_MS,
  MAX_CONNECTIONS_PER_NAMESPACE,
  MAX_CONTROL_MESSAGE_BYTES,
  MAX_LISTENERS,
  MAX_REQUEST_HEADER_BYTES,
  PING_INTERVAL_MS,
  RESPONSE_TIMEOUT_MS,
  TOKEN_GRACE_MS,
} from '@hybridge/protocol';
import type { JSONWebKeySet } from 'jose';
import type { AuditOptions } from '../audit/audit-options.js';
import type { TokenVerifier } from '../authorization/token-verifier.js';
import type { Backplane } from '../listeners/backplane.js';
import type { Logger } from '../logger.js';

/** What a shared access policy allows. `Manage` includes the other two. */
export type Right = 'Manage' | 'Send' | 'Listen';

/** A shared access policy. */
export interface AuthorizationRuleOptions {
  /** What tokens name as `skn`; unique among the policies of its namespace or hybrid connection. */
  readonly name: string;
  readonly rights: readonly Right[];
  /** Its text is the secret, not what the base64 stands for. @defaultValue generated, and kept in `dataDir` */
  readonly primaryKey?: string;
  /** @defaultValue generated, and kept in `dataDir` */
  readonly secondaryKey?: string;
}

/** A hybrid connection: a name that listeners answer for. */
export interface HybridConnectionOptions {
  /** May contain slashes, not at its ends. Case does not matter. */
  readonly name: string;
  /**
   * The target behind the listener, `host:port`. Managers that have none of their own are told it, by `userMetadata`; the relay
   * itself does not dial it.
   */
  readonly endpoint?: string;
  /**
   * Any note, told to listeners that ask. The Hybrid Connection Manager wants to find the target in it.
   * @defaultValue `[{"key":"endpoint","value":"host:port"}]` where there is an `endpoint`
   */
  readonly userMetadata?: string;
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
  /** Where management puts it: a label. @defaultValue `00000000-0000-0000-0000-000000000000` */
  readonly subscription?: string;
  /** The same, within the subscription. @defaultValue hybridge */
  readonly resourceGroup?: string;
  /** Other names it answers to, without ports. */
  readonly hosts?: readonly string[];
  /** @defaultValue `RootManageSharedAccessKey` with all rights */
  readonly authorizationRules?: readonly AuthorizationRuleOptions[];
  /** Those that are there at each start; more can be added while it runs. */
  readonly hybridConnections?: readonly HybridConnectionOptions[];
  /** Where this namespace takes more or less than others. */
  readonly limits?: NamespaceLimitOptions;
}

/** How much of each one namespace takes. What is left out is as in {@link RelayLimits}. */
export interface NamespaceLimitOptions {
  readonly listenersPerHybridConnection?: number;
  /** Senders that are joined or wait. */
  readonly connections?: number;
  /** Senders that wait for a listener. */
  readonly pending?: number;
}

/** JSON Web Tokens that the relay takes beside shared access signatures. */
export interface JwtOptions {
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** One of these must be in `aud`. For Azure's clients: `https://relay.azure.net/`. */
  readonly audience: string | readonly string[];
  /** The issuer's public keys: an address, `https://…` (`http://` on the loopback interface), or the key set itself. */
  readonly jwks: string | JSONWebKeySet;
  /** The claim that holds the roles, as a list or with spaces between. @defaultValue roles */
  readonly rolesClaim?: string;
  /** What each role allows. @defaultValue `Listen`, `Send` and `Manage` allow what they say, on every hybrid connection */
  readonly roles?: Readonly<Record<string, JwtRoleOptions>>;
  /** How far clocks may differ, in milliseconds. @defaultValue 300_000, as for shared access signatures */
  readonly clockSkewMs?: number;
}

/** What a role in a JSON Web Token allows. */
export interface JwtRoleOptions {
  readonly rights: readonly Right[];
  /** Names of hybrid connections, of any namespace. @defaultValue all */
  readonly hybridConnections?: readonly string[];
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
  /**
   * What clients reach the admin port by where a proxy stands before it, `https://…`, with the path that the proxy takes
   * away: links to further pages of a list begin with it.
   * @defaultValue `http://` and the `Host` that the client sent
   */
  readonly publicUrl?: string;
  /** Who may read `/metrics`: those with a token, or anybody (`public`). @defaultValue token */
  readonly metrics?: 'token' | 'public';
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
  /** Bytes of one message of a listener's. @defaultValue 65_536, the protocol's */
  readonly controlMessageBytes?: number;
  /** Bytes of the body of a response that comes on the control channel. @defaultValue 1 MiB; clients send 64 KiB there */
  readonly controlBodyBytes?: number;
  /** Bytes of the header of a request. @defaultValue 32_768, the protocol's */
  readonly headerBytes?: number;
  /**
   * Control channels that one listener may open in a second, on average: one address and `sb-hc-id`, at one hybrid
   * connection. Ten times as many may come at once. Above that the answer is 503.
   * @defaultValue 10, above what any client does that waits between attempts
   */
  readonly listensPerSecond?: number;
  /** The same for one address at all hybrid connections together. @defaultValue 1_000: a proxy may hide all of them */
  readonly listensPerSecondPerAddress?: number;
}

/** How long the relay waits. All in milliseconds. */
export interface RelayTimeouts {
  /** For the TLS handshake and the whole request header. @defaultValue 10_000 */
  readonly handshakeMs?: number;
  /** A sender for a listener. @defaultValue 30_000, the documented life of a rendezvous address */
  readonly acceptMs?: number;
  /**
   * A sender for the listener that was asked first, before another one is asked as well.
   * @defaultValue 8_000: the least patient senders wait for 10 s
   */
  readonly nextListenerAfterMs?: number;
  /** A sender of an HTTP request for the head of the response. @defaultValue 60_000, documented */
  readonly responseMs?: number;
  /** Between two pieces of the body of an HTTP request or response. @defaultValue 60_000, documented */
  readonly bodyIdleMs?: number;
  /** Between two pings on every control channel and on both legs of every joined connection. @defaultValue 60_000 */
  readonly pingIntervalMs?: number;
  /** For any sign of life after a ping, before a control channel is cut. @defaultValue 35_000; clients may take 30 s */
  readonly pongMs?: number;
  /** After the expiry of a token, before it counts as expired. @defaultValue 300_000, what Azure's service grants */
  readonly tokenGraceMs?: number;
  /**
   * After which a listener is sent to open another control channel (1011), as Azure's service does each day; 0 for never.
   * @defaultValue 0
   */
  readonly recycleMs?: number;
  /** For open connections to end by themselves, in `close()`. @defaultValue 10_000 */
  readonly drainMs?: number;
}

/** How one relay is several processes, so that it uses several processors. */
export interface WorkersOptions {
  /** How many. `auto`: as many as there are processors. With 1 the relay is a single process, and the rest does not count. */
  readonly count: number | 'auto';
  /**
   * Each worker has a port of its own, on the host of `listen`, which listeners must be able to reach: the first of as
   * many ports in a row, or a list of them.
   * @defaultValue any free ones
   */
  readonly ports?: number | readonly number[];
  /**
   * What rendezvous addresses of a worker begin with: `{worker}` is its number from 1, `{port}` its own port. Needed
   * where the relay has a `publicUrl`.
   * @defaultValue the host that the listener used, with the worker's own port
   */
  readonly publicUrl?: string;
  /**
   * A worker that does not answer the first process for so long, in milliseconds, is killed, and another started: it
   * hangs, or was stopped. Time in which the first process did not run either does not count. 0: it is waited for.
   * @defaultValue 15_000: longer than anything that a worker does in one go, and half of what a sender waits
   */
  readonly silenceMs?: number;
}

/** All that a relay can be told. */
export interface RelayOptions {
  /** Folder for what is created, generated keys and the admin token; of one relay at a time. Absent: they live as long as the relay. */
  readonly dataDir?: string;
  /** Where senders and listeners dial. @defaultValue 127.0.0.1, port 8080, plain TCP */
  readonly listen?: ListenOptions;
  /** What rendezvous addresses and connection strings begin with. @defaultValue the host that the listener used */
  readonly publicUrl?: string;
  /** Where the relay is managed, with the portal, health and metrics. Absent: no such port. */
  readonly admin?: AdminOptions;
  /** Who reached what. @defaultValue files in `dataDir`, where there is one */
  readonly audit?: AuditOptions;
  /** Several processes at one port, for `RelayWorkers`. @defaultValue one process */
  readonly workers?: WorkersOptions;
  /** @defaultValue what `dataDir` has; one, `localhost`, when that is nothing */
  readonly namespaces?: readonly NamespaceOptions[];
  /** How much the relay takes. @defaultValue each as {@link RelayLimits} says */
  readonly limits?: RelayLimits;
  /** How long it waits for what. @defaultValue each as {@link RelayTimeouts} says */
  readonly timeouts?: RelayTimeouts;
  /** JSON Web Tokens of one issuer are good, too. @defaultValue only shared access signatures are */
  readonly jwt?: JwtOptions;
  /** Checks JSON Web Tokens in some other way. Leave `jwt` out then. */
  readonly tokenVerifier?: TokenVerifier;
  /** Takes log lines; `console` is one. @defaultValue writes nothing */
  readonly logger?: Logger;
  /** Where listeners are known to the relay. @defaultValue a `MemoryBackplane`: one process */
  readonly backplane?: Backplane;
  /** The clock for tokens and events, in milliseconds since 1970. @defaultValue `Date.now` */
  readonly now?: () => number;
}

/** What a configuration file says, with its references resolved. Ready to be given to `RelayServer`. */
export type RelayConfig = Omit<RelayOptions, 'logger' | 'backplane' | 'now' | 'tokenVerifier'>;

/** Every default of a number, in one place. */
export const DEFAULTS = {
  host: '127.0.0.1',
  port: 8080,
  adminPort: 8081,
  workerSilenceMs: 15_000,
  limits: {
    listenersPerHybridConnection: MAX_LISTENERS,
    connectionsPerNamespace: MAX_CONNECTIONS_PER_NAMESPACE,
    pendingPerNamespace: 2_000,
    handshakes: 4_096,
    controlBacklogBytes: 1_048_576,
    controlMessageBytes: MAX_CONTROL_MESSAGE_BYTES,
    controlBodyBytes: 1_048_576,
    headerBytes: MAX_REQUEST_HEADER_BYTES,
    listensPerSecond: 10,
    listensPerSecondPerAddress: 1_000,
  },
  timeouts: {
    handshakeMs: 10_000,
    acceptMs: ACCEPT_TIMEOUT_MS,
    nextListenerAfterMs: 8_000,
    responseMs: RESPONSE_TIMEOUT_MS,
    bodyIdleMs: BODY_IDLE_TIMEOUT_MS,
    pingIntervalMs: PING_INTERVAL_MS,
    pongMs: 35_000,
    tokenGraceMs: TOKEN_GRACE_MS,
    recycleMs: 0,
    drainMs: 10_000,
  },
  namespaces: [{ name: 'localhost' }],
} as const satisfies {
  readonly host: string;
  readonly port: number;
  readonly adminPort: number;
  readonly workerSilenceMs: number;
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
