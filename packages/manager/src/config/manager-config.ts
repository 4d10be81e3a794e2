/**
 * A manager's configuration: which hybrid connections it holds, and the one target behind each.
 *
 * Read and checked once, at the entrance, so that inside nothing is optional and every secret is at hand.
 * What could be used but had better not be (keys that others may read, a relay reached without TLS) is a
 * warning, not an error.
 * @module
 */

import { entityKey } from '@hybridge/protocol';
import { type ConnectionString, parseConnectionString } from '@hybridge/sas';
import { isOpenToOthers, resolveSecret, type SecretSources } from '@hybridge/service';
import type { TransportOptions } from '@hybridge/socket';
import { z } from 'zod';
import {
  type AuditOptions,
  type AuditSettings,
  auditOptions,
  auditSettings,
} from '../audit/audit-settings.js';
import { type MetricsOptions, type MetricsSettings, metricsSettings } from '../metrics/metrics-settings.js';
import type { DiagnosisDetail } from '../probe/probe-findings.js';
import { parseTarget, type Target } from '../target/target.js';
import {
  type UpdateOptions,
  type UpdateSettings,
  updateOptions,
  updateSettings,
} from '../updates/update-settings.js';
import { at, ManagerConfigError } from './config-error.js';
import { placeOf } from './issue-place.js';
import { resolveTransport, type TransportSettings } from './transport-settings.js';

/** One hybrid connection, ready to be held. */
export interface ConnectionConfig {
  /** What it is called in status and logs; unique in the configuration. */
  readonly name: string;
  /** The connection string itself. A secret. */
  readonly connectionString: string;
  /** Host, and port unless it is the scheme's own, of the relay's namespace. */
  readonly namespace: string;
  /** The hybrid connection's name in its namespace. */
  readonly hybridConnection: string;
  /** Address of the relay. */
  readonly serviceEndpoint: string;
  /** The only service that can be reached through it; `undefined` for the endpoint that the relay names. */
  readonly target: Target | undefined;
}

/** A checked configuration. */
export interface ManagerConfig {
  readonly connections: readonly ConnectionConfig[];
  /** Milliseconds that a target has to answer a dial. */
  readonly targetTimeoutMs: number;
  /** How the relays are reached. May hold a proxy's password. */
  readonly transport: TransportOptions;
  /** How many connections to each relay are kept dialled ahead, for each hybrid connection. */
  readonly preconnect: number;
  /** Whether senders of ours may have many streams in one rendezvous. */
  readonly multiplex: boolean;
  /** What senders that diagnose are told. */
  readonly diagnosis: DiagnosisDetail;
  /** How the audit log is kept. */
  readonly audit: AuditOptions;
  /** Where metrics are to be had without asking the control API; `undefined` for nowhere. */
  readonly metrics: MetricsOptions | undefined;
  /** Whether to look for newer versions. */
  readonly updates: UpdateOptions;
  /** The pages for browsers, on loopback; `undefined` for none. */
  readonly ui: { readonly port: number } | undefined;
  /** The files that were read for it, as absolute paths: when one changes, the configuration may be another one. */
  readonly files: readonly string[];
  /** One line each, free of secrets: what works but should be looked at. */
  readonly warnings: readonly string[];
}

/** One of the settings' `connections`. */
export interface ConnectionSettings {
  /** A connection string that may listen, or where it stands: `env:NAME`, `file:path`. */
  readonly connectionString: string;
  /**
   * The target, as `host:port`.
   * @defaultValue the `endpoint` in the hybrid connection's user metadata at the relay, asked again at each connecting and
   * once a minute
   */
  readonly endpoint?: string | undefined;
  /**
   * What status and logs call it.
   * @defaultValue the hybrid connection's own name
   */
  readonly name?: string | undefined;
}

/** What a configuration file holds, as an object. */
export interface ManagerSettings extends TransportSettings {
  /** At least one, unless they come while the manager runs. */
  readonly connections: readonly ConnectionSettings[];
  /**
   * Milliseconds that a target has to answer a dial, name resolution included; at most 25,000, because after 30
   * seconds the relay gives up on the sender.
   * @defaultValue 10_000
   */
  readonly targetTimeoutMs?: number | undefined;
  /**
   * How many connections to the relay are kept dialled ahead for each hybrid connection, with TLS and through the proxy,
   * so that tunnels open faster; at most 256.
   * @defaultValue 0
   */
  readonly preconnect?: number | undefined;
  /**
   * Whether senders of ours that ask for it may have many streams in one rendezvous.
   * @defaultValue true
   */
  readonly multiplex?: boolean | undefined;
  /**
   * What a sender that diagnoses is told of this side: `kinds` of failures, codes and times; `full`, with names and addresses;
   * `off` for nothing, and it is led to the target like every sender.
   * @defaultValue kinds
   */
  readonly diagnosis?: DiagnosisDetail | undefined;
  /** How the audit log is kept. */
  readonly audit?: AuditSettings | undefined;
  /**
   * Whether there are pages for browsers, on loopback and for whoever has the token in the address that `hybridge manager ui` prints;
   * with `port` at always the same port.
   * @defaultValue false
   */
  readonly ui?: boolean | { readonly port?: number | undefined } | undefined;
  /** A port of this machine's own at which Prometheus finds metrics. @defaultValue none */
  readonly metrics?: MetricsSettings | undefined;
  /** Whether a newer version is looked for. */
  readonly updates?: UpdateSettings | undefined;
}

const connectionSettings = z.strictObject({
  connectionString: z.string(),
  endpoint: z.string().optional(),
  name: z.string().min(1).optional(),
});

/** Node's timers hold no more. */
const MAX_MS = 2 ** 31 - 1;

const managerSettings = z.strictObject({
  connections: z.array(connectionSettings),
  targetTimeoutMs: z.int().min(1).max(25_000).default(10_000),
  preconnect: z.int().min(0).max(256).default(0),
  multiplex: z.boolean().default(true),
  diagnosis: z.enum(['full', 'kinds', 'off']).default('kinds'),
  audit: auditSettings.prefault({}),
  ui: z.union([z.boolean(), z.strictObject({ port: z.int().min(0).max(65_535).default(0) })]).default(false),
  metrics: metricsSettings.optional(),
  updates: updateSettings.prefault({}),
  proxy: z.union([z.string(), z.literal(false)]).optional(),
  ca: z.string().optional(),
  systemCa: z.boolean().optional(),
  keepAliveIntervalMs: z.int().min(1).max(MAX_MS).optional(),
}) satisfies z.ZodType<unknown, ManagerSettings>;

/** A configuration, and whether the settings themselves held a key (rather than saying where it stands). */
export interface CheckedSettings {
  readonly config: ManagerConfig;
  readonly holdKeys: boolean;
}

/** What settings are read against. */
export interface SettingsSources extends SecretSources {
  /** There need not be any connection: they are added while the manager runs. @defaultValue false */
  readonly mayBeEmpty?: boolean | undefined;
}

/**
 * Checks settings and follows their references.
 * @throws ManagerConfigError in one line, with the place in the settings.
 */
export function managerConfig(input: ManagerSettings, sources: SettingsSources = {}): ManagerConfig {
  return checkSettings(input, sources).config;
}

/** The same for settings from outside, of which nothing is known. @throws ManagerConfigError */
export function checkSettings(input: unknown, sources: SettingsSources): CheckedSettings {
  const settings = validated(sources.mayBeEmpty ? withConnections(input) : input);
  if (settings.connections.length === 0 && !sources.mayBeEmpty) {
    throw new ManagerConfigError('connections: there is none');
  }
  const warnings: string[] = [];
  const files: string[] = [];
  let holdKeys = false;
  const connections = settings.connections.map((connection, index) => {
    const place = `connections[${index}]`;
    const secret = at(`${place}.connectionString`, () => resolveSecret(connection.connectionString, sources));
    const parsed = at(`${place}.connectionString`, () => listenConnectionString(secret.value));
    if (secret.from === 'text') holdKeys = true;
    if (secret.file !== undefined) files.push(secret.file);
    if (secret.file !== undefined && isOpenToOthers(secret.file)) warnings.push(openFile(secret.file));
    if (isPlainOverNetwork(parsed.endpoint)) warnings.push(plainTransport(parsed));
    return {
      name: connection.name ?? parsed.entityPath,
      connectionString: secret.value,
      namespace: parsed.endpoint.host,
      serviceEndpoint: parsed.endpoint.href,
      hybridConnection: parsed.entityPath,
      target:
        at(`${place}.endpoint`, () => connection.endpoint && parseTarget(connection.endpoint)) || undefined,
    };
  });
  refuseDoubles(connections);
  const { transport, proxySecret, files: others } = resolveTransport(settings, sources);
  if (proxySecret?.from === 'text') holdKeys = true;
  if (proxySecret?.file !== undefined && isOpenToOthers(proxySecret.file))
    warnings.push(openFile(proxySecret.file));
  return {
    config: {
      connections,
      targetTimeoutMs: settings.targetTimeoutMs,
      transport,
      preconnect: settings.preconnect,
      multiplex: settings.multiplex,
      diagnosis: settings.diagnosis,
      audit: auditOptions(settings.audit, sources.directory ?? process.cwd()),
      ui: uiOf(settings.ui),
      metrics: settings.metrics,
      updates: updateOptions(settings.updates),
      files: [...new Set([...files, ...others])],
      warnings,
    },
    holdKeys,
  };
}

function uiOf(ui: boolean | { readonly port: number }): ManagerConfig['ui'] {
  return ui === true ? { port: 0 } : ui || undefined;
}

/** A file that nothing was written into yet says nothing of connections. */
function withConnections(input: unknown): unknown {
  if (input === null || input === undefined) return { connections: [] };
  return typeof input === 'object' && !Array.isArray(input) ? { connections: [], ...input } : input;
}

function validated(input: unknown): z.output<typeof managerSettings> {
  if (typeof input === 'object' && input !== null && 'policy' in input) {
    throw new ManagerConfigError('policy is no setting: the administrator has a file of his own for it');
  }
  const result = managerSettings.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ManagerConfigError(`${placeOf(issue?.path ?? [])}${issue?.message}`);
}

function listenConnectionString(text: string): ConnectionString & { readonly entityPath: string } {
  const parsed = parseConnectionString(text);
  const { entityPath } = parsed;
  if (entityPath === undefined) {
    throw new ManagerConfigError('EntityPath is missing: use the connection string of one hybrid connection');
  }
  if (parsed.sharedAccessKey === undefined && parsed.sharedAccessSignature === undefined) {
    throw new ManagerConfigError(
      'SharedAccessKeyName and SharedAccessKey are missing: a listener always needs them',
    );
  }
  return { ...parsed, entityPath };
}

/** One hybrid connection reaches exactly one target, so a second entry for it can only be a mistake. */
function refuseDoubles(connections: readonly ConnectionConfig[]): void {
  const seen = new Map<string, number>();
  for (const [index, { name, namespace, hybridConnection }] of connections.entries()) {
    const identity = `hybrid connection ${entityKey(hybridConnection)} of ${namespace}`;
    for (const what of [identity, `name ${JSON.stringify(name)}`]) {
      const first = seen.get(what);
      if (first !== undefined) {
        throw new ManagerConfigError(`connections[${index}] has the same ${what} as connections[${first}]`);
      }
      seen.set(what, index);
    }
  }
}

function isPlainOverNetwork({ protocol, hostname }: URL): boolean {
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  return (protocol === 'ws:' || protocol === 'http:') && !loopback;
}

function plainTransport({ endpoint }: ConnectionString): string {
  return `${endpoint.host} is reached without TLS (${endpoint.protocol}//): tokens and data can be read on the way`;
}

/** The warning about a file with keys in it that not only its owner may read. */
export function openFile(file: string): string {
  return `${file} holds a key and is open to others: chmod 600 ${file}`;
}
