/**
 * Reads a relay's configuration file, YAML or JSON.
 *
 * Paths in it are relative to the file itself. Wherever a key, a token or a certificate belongs, a reference
 * (`env:NAME`, `file:path`) may stand instead.
 *
 * Source: docs/architecture.md (the relay's configuration).
 * @module
 */
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { checkCertificate } from './certificate.js';
import { checkConfig } from './config-schema.js';
import type {
  AdminOptions,
  AuthorizationRuleOptions,
  JwtOptions,
  ListenOptions,
  RelayConfig,
} from './options.js';
import { RelayConfigError } from './relay-config-error.js';
import { type ReferenceContext, readSetting, referencedFile, resolveReference } from './secret-reference.js';

/** What surrounds a configuration. */
export interface LoadOptions {
  /** Where relative paths start when there is no file. @defaultValue the working directory */
  readonly workingDir?: string;
  /** What `env:` references are looked up in. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Goes over `dataDir` of the file, and is where the admin token is unless the file says otherwise. */
  readonly dataDir?: string;
  /** Told of each file that is read, the configuration first. @param place - the setting that names it */
  readonly onFile?: (file: string, place: string) => void;
}

/**
 * The configuration in a file, or the one that holds without a file: what is kept in `./data`, or a namespace `localhost`.
 * Always has `dataDir` and `admin`.
 * @throws RelayConfigError of one line, which names the place in the file.
 */
export function loadRelayConfig(file?: string, options: LoadOptions = {}): RelayConfig {
  const { workingDir = process.cwd(), env = process.env, dataDir, onFile } = options;
  const path = file === undefined ? undefined : resolve(workingDir, file);
  const source = path === undefined ? 'configuration' : basename(path);
  const context = { baseDir: path === undefined ? workingDir : dirname(path), env, onFile };
  if (path !== undefined) onFile?.(path, source);
  const config = checkConfig(path === undefined ? {} : parse(path, source), source);
  const ownDataDir = dataDir === undefined ? config.dataDir : resolve(workingDir, dataDir);
  return resolveReferences({ ...config, ...(ownDataDir && { dataDir: ownDataDir }) }, source, context);
}

function parse(path: string, source: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new RelayConfigError(`cannot read ${path} (${code})`, { cause });
  }
  const lines = new LineCounter();
  // Pretty errors quote the file, and with it perhaps a key.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new RelayConfigError(`${source}:${line}:${col}: this is not YAML (${error.code})`);
  }
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    // An alias that is not defined, or too many of them.
    throw new RelayConfigError(`${source}: its aliases cannot be resolved`, { cause });
  }
}

function resolveReferences(config: RelayConfig, source: string, context: ReferenceContext): RelayConfig {
  const dataDir = resolve(context.baseDir, config.dataDir ?? 'data');
  return {
    ...config,
    dataDir,
    ...(config.listen && { listen: withTls(config.listen, source, context) }),
    ...(config.jwt && { jwt: withKeySet(config.jwt, source, context) }),
    ...(config.audit?.dir && { audit: { ...config.audit, dir: resolve(context.baseDir, config.audit.dir) } }),
    admin: withToken(config.admin ?? {}, dataDir, source, context),
    ...(config.namespaces && {
      namespaces: config.namespaces.map((namespace, n) => ({
        ...namespace,
        ...withKeys(namespace, `${source}: namespaces[${n}]`, context),
        ...(namespace.hybridConnections && {
          hybridConnections: namespace.hybridConnections.map((connection, c) => ({
            ...connection,
            ...withKeys(connection, `${source}: namespaces[${n}].hybridConnections[${c}]`, context),
          })),
        }),
      })),
    }),
  };
}

function withTls(listen: ListenOptions, source: string, context: ReferenceContext): ListenOptions {
  if (listen.tls === undefined) return listen;
  const pem = (setting: string | Uint8Array, name: string): string => {
    const place = `${source}: listen.tls.${name}`;
    const given = String(setting);
    if (given.startsWith('env:')) return resolveReference(given, place, context);
    return readSetting(referencedFile(given, place, context), place, context);
  };
  const tls = { cert: pem(listen.tls.cert, 'cert'), key: pem(listen.tls.key, 'key') };
  checkCertificate(tls, `${source}: listen.tls`);
  return { ...listen, tls };
}

/** A key set in a file is read here, once. */
function withKeySet(jwt: JwtOptions, source: string, context: ReferenceContext): JwtOptions {
  const { jwks } = jwt;
  if (typeof jwks !== 'string' || !jwks.startsWith('file:')) return jwt;
  const place = `${source}: jwt.jwks`;
  const given = resolveReference(jwks, place, context);
  try {
    return checkConfig({ jwt: { ...jwt, jwks: JSON.parse(given) } }, source).jwt!;
  } catch (cause) {
    if (cause instanceof RelayConfigError) throw cause;
    throw new RelayConfigError(`${place}: the file holds no JSON`, { cause });
  }
}

/** `token: file:…` names a file that is made when it is not there; any other reference must resolve. */
function withToken(
  admin: AdminOptions,
  dataDir: string,
  source: string,
  context: ReferenceContext,
): AdminOptions {
  const { token, tokenFile, ...rest } = admin;
  if (token !== undefined && tokenFile !== undefined) {
    throw new RelayConfigError(`${source}: admin has both token and tokenFile`);
  }
  if (token?.startsWith('file:'))
    return { ...rest, tokenFile: referencedFile(token, `${source}: admin.token`, context) };
  if (token !== undefined)
    return { ...rest, token: resolveReference(token, `${source}: admin.token`, context) };
  return {
    ...rest,
    tokenFile:
      tokenFile === undefined
        ? join(dataDir, 'admin.token')
        : referencedFile(tokenFile, `${source}: admin.tokenFile`, context),
  };
}

function withKeys(
  owner: { readonly authorizationRules?: readonly AuthorizationRuleOptions[] },
  place: string,
  context: ReferenceContext,
): { readonly authorizationRules?: readonly AuthorizationRuleOptions[] } {
  if (owner.authorizationRules === undefined) return {};
  const authorizationRules = owner.authorizationRules.map((rule, r) => {
    const keys: { primaryKey?: string; secondaryKey?: string } = {};
    for (const name of ['primaryKey', 'secondaryKey'] as const) {
      const setting = rule[name];
      if (setting === undefined) continue;
      keys[name] = resolveReference(setting, `${place}.authorizationRules[${r}].${name}`, context);
    }
    return { ...rule, ...keys };
  });
  return { authorizationRules };
}
