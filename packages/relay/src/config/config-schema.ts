/**
 * The form of a relay's options, checked before anything is built from them.
 *
 * The same form holds for the configuration file and for options given in code. A key that is not known is an error,
 * because a misspelt `requiresClientAuthorisation` that is passed over would open a door.
 *
 * Source: docs/architecture.md (the relay's configuration); docs/protocol.md, sections 1.4 and 9.1 (limits).
 * @module
 */
import { availableParallelism } from 'node:os';
import { MAX_AUTHORIZATION_RULES, MAX_HYBRID_CONNECTIONS_PER_NAMESPACE } from '@hybridge/protocol';
import { z } from 'zod';
import type { KeyPair } from '../directory/directory.js';
import {
  endpoint,
  hostName,
  hybridConnectionName,
  key,
  label,
  right,
  rights,
  ruleName,
  userMetadata,
} from '../model/grammar.js';
import type {
  AuthorizationRuleOptions,
  HybridConnectionOptions,
  NamespaceOptions,
  RelayConfig,
  WorkersOptions,
} from './options.js';
import { RelayConfigError } from './relay-config-error.js';

/** The largest size that can be set: a mebibyte is far beyond what any client sends. */
const MAX_LIMIT_BYTES = 1_048_576;
/** More than the processors of any machine that this was seen on. */
const MAX_WORKERS = 256;
/** A worker that collects garbage, or shares its processor, is silent for as long. */
const MIN_SILENCE_MS = 1_000;

const text = z.string().min(1);
const port = z.int().min(0).max(65_535);
const positive = z.int().min(1).max(2_147_483_647);
const pem = z.union([text, z.instanceof(Uint8Array)], { error: 'must be PEM text or the path of a file' });

const keys = z.strictObject({
  primaryKey: key.exactOptional(),
  secondaryKey: key.exactOptional(),
});

const authorizationRule = z.strictObject({
  name: ruleName,
  rights,
  primaryKey: text.exactOptional(),
  secondaryKey: text.exactOptional(),
});

const authorizationRules = z
  .array(authorizationRule)
  .max(MAX_AUTHORIZATION_RULES, { error: `must not have more than ${MAX_AUTHORIZATION_RULES} entries` })
  .superRefine(distinct((rule) => rule.name, 'name'));

const hybridConnection = z.strictObject({
  name: hybridConnectionName,
  endpoint: endpoint.exactOptional(),
  userMetadata: userMetadata.exactOptional(),
  requiresClientAuthorization: z.boolean().exactOptional(),
  authorizationRules: authorizationRules.exactOptional(),
});

const namespace = z.strictObject({
  name: hostName,
  subscription: label.exactOptional(),
  resourceGroup: label.exactOptional(),
  hosts: z.array(hostName).exactOptional(),
  authorizationRules: authorizationRules.exactOptional(),
  hybridConnections: z
    .array(hybridConnection)
    .max(MAX_HYBRID_CONNECTIONS_PER_NAMESPACE)
    .superRefine(distinct((connection) => connection.name.toLowerCase(), 'name'))
    .exactOptional(),
  limits: z
    .strictObject({
      listenersPerHybridConnection: positive.exactOptional(),
      connections: positive.exactOptional(),
      pending: positive.exactOptional(),
    })
    .exactOptional(),
});

const namespaces = z
  .array(namespace)
  .min(1)
  .superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [index, { name, hosts = [] }] of list.entries()) {
      const own = new Set([name, ...hosts].map((host) => host.toLowerCase()));
      for (const host of own) {
        if (seen.has(host)) {
          context.addIssue({
            code: 'custom',
            path: [index],
            message: `${host} belongs to another namespace`,
          });
        }
        seen.add(host);
      }
    }
  });

const publicUrl = z.string().refine(isBareWebSocketUrl, {
  error: 'must be ws://host:port or wss://host:port, with nothing behind it',
});

const SILENCE_ERROR = `must be at least ${MIN_SILENCE_MS} milliseconds, or 0 for never`;

const WORKER_URL_ERROR =
  'must be ws://host:port or wss://host:port, in which {worker} or {port} tells the workers apart';

const workers = z
  .strictObject({
    count: z.custom<WorkersOptions['count']>(
      (count) =>
        count === 'auto' || (Number.isInteger(count) && Number(count) >= 1 && Number(count) <= MAX_WORKERS),
      { error: `must be a number from 1 to ${MAX_WORKERS}, or auto` },
    ),
    ports: z
      .union([port, z.array(z.int().min(1).max(65_535))], { error: 'must be a port, or a list of ports' })
      .exactOptional(),
    publicUrl: z.string().refine(isWorkerUrl, { error: WORKER_URL_ERROR }).exactOptional(),
    silenceMs: z
      .int()
      .refine((ms) => ms === 0 || (ms >= MIN_SILENCE_MS && ms <= 2_147_483_647), { error: SILENCE_ERROR })
      .exactOptional(),
  })
  .superRefine(({ count, ports = 0 }, context) => {
    const problem = workerPortsProblem(workerCount(count), ports);
    if (problem !== undefined) context.addIssue({ code: 'custom', path: ['ports'], message: problem });
  });

const HTTP_URL_ERROR = 'must be http://host:port or https://host:port, and may have a path';

const KEY_SET_ERROR = 'must be the https address of a key set, a file with one, or a key set';

const jwt = z.strictObject({
  issuer: text,
  audience: z.union([text, z.array(text).min(1)]),
  jwks: z.union(
    [
      z.string().refine(isKeySetUrl, { error: KEY_SET_ERROR }),
      z.looseObject({ keys: z.array(z.looseObject({ kty: text })) }),
    ],
    { error: KEY_SET_ERROR },
  ),
  rolesClaim: text.exactOptional(),
  roles: z
    .record(
      text,
      z.strictObject({
        rights: z.array(right).min(1),
        hybridConnections: z.array(text).exactOptional(),
      }),
    )
    .exactOptional(),
  clockSkewMs: z.int().min(0).max(3_600_000).exactOptional(),
});

const audit = z.strictObject({
  enabled: z.boolean().exactOptional(),
  dir: text.exactOptional(),
  // Less than a few records a file would be all names and no log.
  maxBytes: z.int().min(16_384).max(1_073_741_824).exactOptional(),
  maxFiles: z.int().min(2).max(10_000).exactOptional(),
  maxAgeDays: z.int().min(1).max(36_500).exactOptional(),
  requests: z.boolean().exactOptional(),
  steps: z.boolean().exactOptional(),
});

const config = z
  .strictObject({
    dataDir: text.exactOptional(),
    listen: z
      .strictObject({
        host: text.exactOptional(),
        port: port.exactOptional(),
        tls: z.strictObject({ cert: pem, key: pem }).exactOptional(),
      })
      .exactOptional(),
    publicUrl: publicUrl.exactOptional(),
    admin: z
      .strictObject({
        host: text.exactOptional(),
        port: port.exactOptional(),
        token: text.exactOptional(),
        tokenFile: text.exactOptional(),
        publicUrl: z.string().refine(isHttpUrl, { error: HTTP_URL_ERROR }).exactOptional(),
        metrics: z.enum(['token', 'public']).exactOptional(),
      })
      .exactOptional(),
    audit: audit.exactOptional(),
    workers: workers.exactOptional(),
    cluster: z.undefined({ error: 'is not supported yet: this relay runs in one process' }).exactOptional(),
    namespaces: namespaces.exactOptional(),
    jwt: jwt.exactOptional(),
    limits: z
      .strictObject({
        listenersPerHybridConnection: positive.exactOptional(),
        connectionsPerNamespace: positive.exactOptional(),
        pendingPerNamespace: positive.exactOptional(),
        handshakes: positive.exactOptional(),
        controlBacklogBytes: positive.exactOptional(),
        controlMessageBytes: z.int().min(1_024).max(MAX_LIMIT_BYTES).exactOptional(),
        controlBodyBytes: z.int().min(65_536).max(MAX_LIMIT_BYTES).exactOptional(),
        headerBytes: z.int().min(1_024).max(MAX_LIMIT_BYTES).exactOptional(),
        listensPerSecond: positive.exactOptional(),
        listensPerSecondPerAddress: positive.exactOptional(),
      })
      .exactOptional(),
    timeouts: z
      .strictObject({
        handshakeMs: positive.exactOptional(),
        acceptMs: positive.exactOptional(),
        nextListenerAfterMs: positive.exactOptional(),
        responseMs: positive.exactOptional(),
        bodyIdleMs: positive.exactOptional(),
        pingIntervalMs: positive.exactOptional(),
        pongMs: positive.exactOptional(),
        tokenGraceMs: z.int().min(0).exactOptional(),
        recycleMs: z.int().min(0).max(2_147_483_647).exactOptional(),
        drainMs: z.int().min(0).exactOptional(),
      })
      .exactOptional(),
  })
  .superRefine(({ workers: several, publicUrl: url, listen }, context) => {
    if (several === undefined || workerCount(several.count) === 1) return;
    // Where one public address hides the relay, only its owner knows what leads to which worker.
    if (url !== undefined && several.publicUrl === undefined) {
      const message =
        'is needed, since the relay has a publicUrl: for example wss://w{worker}.relay.example.net';
      context.addIssue({ code: 'custom', path: ['workers', 'publicUrl'], message });
    }
    if (listen?.port && workerPorts(several).includes(listen.port)) {
      const message = 'must not be the port of the relay';
      context.addIssue({ code: 'custom', path: ['workers', 'ports'], message });
    }
  });

/** How many workers are meant. */
export function workerCount(count: WorkersOptions['count']): number {
  return count === 'auto' ? availableParallelism() : count;
}

/** The workers' own ports, in their order; 0 for any. */
export function workerPorts({ count, ports = 0 }: WorkersOptions): readonly number[] {
  if (typeof ports !== 'number') return ports;
  return Array.from({ length: workerCount(count) }, (_, index) => (ports === 0 ? 0 : ports + index));
}

/**
 * Checks a configuration.
 * @param source - what to call it in a message: the file's name, or `options`
 * @throws RelayConfigError that names the first place at fault.
 */
export function checkConfig(value: unknown, source: string): RelayConfig {
  return check(config, value, source);
}

/** Checks one hybrid connection. @throws RelayConfigError */
export function checkHybridConnection(value: unknown, source: string): HybridConnectionOptions {
  return check(hybridConnection, value, source);
}

/** Checks new keys of a policy. @throws RelayConfigError */
export function checkKeys(value: unknown, source: string): Partial<KeyPair> {
  return check(keys, value, source);
}

function check<Output>(schema: z.ZodType<Output>, value: unknown, source: string): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new RelayConfigError(`${source}: ${firstProblem(result.error.issues)}`);
}

/** One line about the first problem. Zod's messages do not repeat the value that is at fault; it may be a key. */
function firstProblem(issues: readonly z.core.$ZodIssue[]): string {
  const issue = issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    return `${placeOf([...issue.path, issue.keys[0]!])} is not a known setting`;
  }
  return `${placeOf(issue.path)}: ${issue.message}`;
}

/** `namespaces[0].hybridConnections[2].name` */
function placeOf(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return steps.join('').replace(/^\./, '') || 'the whole';
}

function distinct<Item>(keyOf: (item: Item) => string, property: string) {
  return (items: readonly Item[], context: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [index, item] of items.entries()) {
      const key = keyOf(item);
      if (seen.has(key)) {
        context.addIssue({ code: 'custom', path: [index, property], message: 'is there twice' });
      }
      seen.add(key);
    }
  };
}

function isWorkerUrl(value: string): boolean {
  const example = value.replaceAll('{worker}', '1').replaceAll('{port}', '1');
  return example !== value && isBareWebSocketUrl(example);
}

function workerPortsProblem(count: number, ports: number | readonly number[]): string | undefined {
  if (typeof ports === 'number') {
    return ports > 0 && ports + count > 65_536 ? 'leaves no room for a port for each worker' : undefined;
  }
  if (ports.length !== count) return `must be ${count} ports, one for each worker`;
  return new Set(ports).size === count ? undefined : 'must be different ports';
}

function isBareWebSocketUrl(value: string): boolean {
  if (!/^wss?:\/\/[^/?#@\s]+\/?$/i.test(value)) return false;
  return URL.canParse(value);
}

function isHttpUrl(value: string): boolean {
  return /^https?:\/\/[^/?#@\s]+(\/[^?#\s]*)?$/i.test(value) && URL.canParse(value);
}

/** Keys that come over plain HTTP could be anybody's. A file is read by `loadRelayConfig`. */
function isKeySetUrl(value: string): boolean {
  if (value.startsWith('file:')) return true;
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname))
  );
}

/** The compiler's proof that schema and options agree; never called. */
export type SchemaAgrees = [
  z.infer<typeof authorizationRule> extends AuthorizationRuleOptions ? true : never,
  z.infer<typeof namespace> extends NamespaceOptions ? true : never,
];
