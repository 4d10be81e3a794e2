/**
 * What a running manager and those who operate it say to each other: the command by the control socket, and pages in a browser by the
 * loopback port. Both get the same answers.
 *
 * Types only, and made of nothing else, so that pages for browsers can take them as they are. All of it is JSON; times are
 * ISO 8601, durations milliseconds. Members may be added, and none will go or change its meaning. No key, token or connection
 * string is in any answer.
 *
 * | request                                | answer                                                                      |
 * | -------------------------------------- | --------------------------------------------------------------------------- |
 * | `GET /api/status`                      | {@link ManagerStatus}                                                       |
 * | `GET /api/connections`                 | `{ value: Connection[] }`                                                   |
 * | `POST /api/connections`                | {@link AddConnection} → 201 {@link Connection}                              |
 * | `GET /api/connections/{id}`            | {@link Connection}                                                          |
 * | `PATCH /api/connections/{id}`          | {@link ChangeConnection} → {@link Connection}; what is open goes on         |
 * | `DELETE /api/connections/{id}`         | 204; what is open has its time to finish                                    |
 * | `POST /api/connections/{id}/restart`   | 202 {@link Connection}; what is open goes on                                |
 * | `POST /api/connections/{id}/test`      | events: {@link TestEvent}                                                   |
 * | `POST /api/test`                       | {@link TestTarget} → events: {@link TestEvent}                              |
 * | `GET /api/login`                       | `{ value: LoginSummary[] }`, the newest first                               |
 * | `POST /api/login`                      | {@link LoginRequest} → 201 {@link Login}                                    |
 * | `GET /api/login/{id}`                  | {@link Login}, asked of the relay again                                     |
 * | `DELETE /api/login/{id}`               | 204; the token is forgotten                                                 |
 * | `GET /api/events?only&backlog&connection&level` | events: {@link ManagerEvent}; `only=status` or `only=log`, `backlog=n` begins with so many entries of the log, the others choose among these |
 * | `GET /api/logs?limit&connection&level` | `{ value: LogEntry[] }`, oldest first; `connection` is an id, `level` the least |
 * | `GET /api/audit?limit&before&connection&operation` | {@link AuditPage}                                               |
 * | `GET /api/ui`                          | {@link UiAddress}, by the control socket only                               |
 * | `GET /metrics`                         | text for Prometheus                                                         |
 *
 * `{id}` is {@link Connection.id}, percent-encoded as one segment. A refusal is an {@link ApiError} with a fitting status.
 * Requests with a body say `Content-Type: application/json`. Pages send `Authorization: Bearer` with the token of their address.
 * @module
 */

/** A refusal, in the form of Azure Resource Manager. */
export interface ApiError {
  readonly error: {
    /** Such as `ResourceNotFound`, `Conflict`, `BadRequest`. */
    readonly code: string;
    /** For people. */
    readonly message: string;
    /** The member at fault, such as `connectionString`. */
    readonly target?: string;
  };
}

/** The whole of it. */
export interface ManagerStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  /** Name of the machine. */
  readonly host: string;
  /** Absent where the configuration stood on a command line. */
  readonly configFile?: ConfigFileStatus;
  readonly policy: PolicySummary;
  /** What works but should be looked at, one line each. */
  readonly warnings: readonly string[];
  /** Absent where nobody looks for newer versions, or none was heard of yet. */
  readonly update?: UpdateNotice;
  readonly connections: readonly Connection[];
}

/** The file with the configuration. */
export interface ConfigFileStatus {
  /** Absolute. */
  readonly path: string;
  /** Whether hybrid connections can be added, changed and removed here. */
  readonly isWritable: boolean;
  /** Why they cannot. */
  readonly reason?: string;
  /** Why the file as it is now cannot be used; what runs is what stood there before. */
  readonly problem?: string;
}

/** What holds of the administrator's policy. */
export interface PolicySummary {
  /** Absent where there is none. */
  readonly path?: string;
  /** Why nothing is allowed: the file is there and cannot be used. */
  readonly unusable?: string;
  /** Whether there may be a user interface. */
  readonly ui: boolean;
  /** Whether the manager may look for newer versions of itself. */
  readonly updates: boolean;
}

/** Whether there is a newer version. */
export interface UpdateNotice {
  readonly current: string;
  readonly latest: string;
  readonly checkedAt: string;
  readonly isNewer: boolean;
  /** Where its changes are told, if that is known. */
  readonly url?: string;
}

/** Names of states; what they mean stands in the manual of the manager. */
export type StateName =
  | 'stopped'
  | 'resolving'
  | 'connecting'
  | 'online'
  | 'waiting'
  | 'refused'
  | 'discontinued'
  | 'blocked'
  | 'stopping';

/** Where a hybrid connection stands with its relay. */
export interface State {
  readonly name: StateName;
  /** When it came to be so. Of `resolving`, `connecting` and `waiting`: when the first attempt began, since when it is not online. */
  readonly since: string;
  /** When it is tried again: of `waiting`, `refused`, `discontinued`, of `blocked` where time can change it. */
  readonly retryAt?: string;
  /** How often it was tried in a row: of `resolving` and `connecting`. */
  readonly attempt?: number;
  /** Of `blocked`: the rule, as the policy has it. */
  readonly rule?: string;
  /** Of `discontinued`: what that means. */
  readonly statement?: string;
  /** What went wrong: of all those that wait, and of `resolving` and `connecting` after a failure. */
  readonly because?: Trouble;
}

/** What went wrong, and what to do about it. */
export interface Trouble {
  /** For programs, such as `ERR_RELAY_UNAUTHORIZED`. */
  readonly code: string;
  readonly message: string;
  /** One line: what to do next. */
  readonly advice?: string;
}

/** A hybrid connection that this manager holds. */
export interface Connection {
  /** `namespace/hybridConnection` in small letters. */
  readonly id: string;
  /** What the configuration calls it. */
  readonly name: string;
  /** Host of the relay's namespace, with the port unless it is that of the scheme. */
  readonly namespace: string;
  /** Address of the relay, as in the connection string. */
  readonly serviceEndpoint: string;
  readonly hybridConnection: string;
  /** `host:port`; absent until the relay has named it. */
  readonly target?: string;
  /** The target stands in the configuration, whatever the relay says. */
  readonly isConfiguredEndpoint: boolean;
  readonly state: State;
  /** While a changed key or way to the relay is tried and the former one still holds the hybrid connection. */
  readonly replacement?: Omit<State, 'since'> & { readonly since?: string };
  /** What the relay says of it; absent until it was asked. */
  readonly relay?: {
    readonly at: string;
    readonly createdAt?: string;
    readonly updatedAt?: string;
    /** How many listeners hold it: managers anywhere, this one included. */
    readonly listeners?: number;
  };
  /** Since the manager started. */
  readonly counters: {
    /** Connections that reached the target. */
    readonly connections: number;
    /** Of these, open now. */
    readonly open: number;
    readonly targetFailures: number;
    readonly tunnelFailures: number;
    readonly bytesToTarget: number;
    readonly bytesFromTarget: number;
  };
  readonly traffic: {
    /** Bytes a second, over the last seconds. */
    readonly toTargetPerSecond: number;
    readonly fromTargetPerSecond: number;
    /** Those of the last sixty minutes in which there was anything, oldest first, the running one included. */
    readonly minutes: readonly {
      readonly startsAt: string;
      readonly connections: number;
      readonly bytesToTarget: number;
      readonly bytesFromTarget: number;
    }[];
  };
  /** This machine's clock is so far from the relay's that tokens are in danger. */
  readonly clock?: {
    /** Below 0: ahead. */
    readonly behindMs: number;
    readonly message: string;
    readonly advice: string;
  };
  /** The target's last failure, until it takes a connection. */
  readonly targetFailure?: Trouble & { readonly at: string };
}

/** A hybrid connection to be held: by its connection string, or by what a login found. */
export type AddConnection =
  | (AddDetails & {
      /** With the Listen right and an `EntityPath`; or `file:path`, `env:NAME` as the manager sees them, which are kept as references. */
      readonly connectionString: string;
    })
  | (AddDetails & {
      /** {@link Login.id} */
      readonly login: string;
      readonly namespace: string;
      readonly hybridConnection: string;
    });

/** What may be said of it beside. */
export interface AddDetails {
  /** The target, `host:port`, instead of the one that the relay names. */
  readonly endpoint?: string | undefined;
  /** What status and logs call it, instead of the hybrid connection's own name. */
  readonly name?: string | undefined;
}

/** What is to be another one of a hybrid connection; what is absent stays. `null` has the default hold. */
export interface ChangeConnection {
  /**
   * Of the same hybrid connection, in any form that {@link AddConnection} has it. It is tried beside the former one, which stays until
   * the relay has taken it ({@link Connection.replacement}).
   */
  readonly connectionString?: string | undefined;
  /** {@link Login.id}: in place of a connection string, the key that the relay has for the hybrid connection now. */
  readonly login?: string | undefined;
  /** With `login`: which of the policy's two keys. @defaultValue primary */
  readonly key?: 'primary' | 'secondary' | undefined;
  /** The target, `host:port`; `null` for the one that the relay names. */
  readonly endpoint?: string | null | undefined;
  /** What status and logs call it; `null` for the hybrid connection's own name. */
  readonly name?: string | null | undefined;
}

/** A target to be tried from the manager's machine. */
export interface TestTarget {
  /** `host:port` */
  readonly target: string;
}

/** One step of a test. Same as `Step` of `@hybridge/diagnosis`. */
export interface TestStep {
  readonly name: string;
  readonly outcome: TestOutcome;
  readonly durationMs: number;
  /** The facts that were seen; which there are depends on the step. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly message: string;
  readonly advice?: string;
}

/** How a step or a test ended. */
export type TestOutcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** What comes of a test, as server-sent events; nothing comes after `done` or `error`. */
export type TestEvent =
  | { readonly event: 'step'; readonly data: TestStep }
  | { readonly event: 'done'; readonly data: { readonly outcome: Exclude<TestOutcome, 'skipped'> } }
  /** The test itself could not be made. */
  | { readonly event: 'error'; readonly data: { readonly code: string; readonly message: string } };

/** To sign in at a relay's management. */
export interface LoginRequest {
  /** The relay's admin port. */
  readonly url: string;
  /** Of the role operator at least, since it has to be shown keys. */
  readonly token: string;
}

/** Somebody signed in at a relay. The token stays in the manager's memory. */
export interface LoginSummary {
  readonly id: string;
  readonly url: string;
  readonly expiresAt: string;
  /** What should be looked at, such as that the token goes over a network without TLS. */
  readonly warning?: string;
}

/** The same, with what there is at that relay. */
export interface Login extends LoginSummary {
  readonly namespaces: readonly LoginNamespace[];
}

/** A namespace of that relay. */
export interface LoginNamespace {
  readonly name: string;
  readonly subscription?: string;
  readonly resourceGroup?: string;
  readonly hybridConnections: readonly LoginHybridConnection[];
}

/** A hybrid connection of that relay. */
export interface LoginHybridConnection {
  readonly name: string;
  /** `host:port` in its metadata. */
  readonly endpoint?: string;
  readonly requiresClientAuthorization: boolean;
  readonly listeners: number;
  /** This manager has it already. */
  readonly isConfigured: boolean;
  /** Why it cannot be chosen; absent where it can, or is chosen already. */
  readonly reason?: string;
}

/** What happens, as server-sent events. */
export type ManagerEvent =
  /** At once, and when something changed, at most once a second. */
  | { readonly event: 'status'; readonly data: ManagerStatus }
  | { readonly event: 'log'; readonly data: LogEntry };

/** How serious an entry is. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** An entry of the log. The manager keeps the last thousand or so. */
export interface LogEntry {
  /** Counts up by one; starts again with the manager. */
  readonly number: number;
  readonly at: string;
  readonly level: LogLevel;
  readonly message: string;
  /** Id of the hybrid connection that it is about, if it is about one. */
  readonly connection?: string;
  /** What else is known, such as `code` or `because`. Only plain values. */
  readonly facts: Readonly<Record<string, string | number | boolean | readonly string[]>>;
}

/** A record of the audit log. Which members there are beside depends on `operation`. */
export interface AuditRecord {
  readonly at: string;
  readonly operation: string;
  /** Id of the hybrid connection, if it is about one. */
  readonly connection?: string | undefined;
  readonly [fact: string]: unknown;
}

/** Records of the audit log, newest first. */
export interface AuditPage {
  readonly value: readonly AuditRecord[];
  /** To be given as `before` for the next page; absent at the end. */
  readonly next?: string;
}

/** Where the pages for browsers are. */
export interface UiAddress {
  /** `http://127.0.0.1:PORT/#token=…`: whoever has it may do all that the command may. */
  readonly url: string;
}
