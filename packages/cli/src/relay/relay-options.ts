/**
 * The relay that a command line means: a configuration file, what the options put over it, or the options alone.
 * @module
 */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import {
  type HybridConnectionOptions,
  type LoadOptions,
  loadRelayConfig,
  type RelayConfig,
} from '@hybridge/relay';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { port } from '../options.js';
import { UsageError } from '../usage-error.js';

/** The options that describe a relay. */
export interface RelayDescription {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly workers?: number | 'auto';
  readonly workerPorts?: number;
  readonly dataDir?: string;
  readonly hybridConnection?: readonly HybridConnectionOptions[];
}

/** Where what is created is kept when nothing else is said, below the current folder. */
const DATA_DIR = 'data';
/** The namespace that a relay has when no file names one. */
const NAMESPACE = 'localhost';

/** Adds the options of {@link RelayDescription}. */
export function withRelayDescription(command: Command): Command {
  return command
    .option('--config <file>', 'namespaces, hybrid connections and policies, in YAML or JSON')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .addOption(
      new Option('--port <port>', 'port to listen on, 0 for a free one (default: 8080)').argParser(port),
    )
    .option('--data-dir <folder>', 'where what is created and generated is kept (default: ./data)')
    .addOption(
      new Option(
        '--hybrid-connection <name[=host:port]>',
        'serve a hybrid connection, and tell its managers the target; may be repeated',
      ).argParser(hybridConnections),
    );
}

/**
 * Puts file and options together.
 * @param onFile - told of each file that is read
 * @throws RelayConfigError or UsageError when they do not make a relay.
 */
export function relayConfig(description: RelayDescription, onFile?: LoadOptions['onFile']): RelayConfig {
  const { config, host, port, adminPort, dataDir, hybridConnection = [] } = description;
  const file =
    config === undefined
      ? undefined
      : loadRelayConfig(config, { ...(dataDir !== undefined && { dataDir }), ...(onFile && { onFile }) });
  return {
    ...(file ?? { dataDir: resolve(dataDir ?? DATA_DIR) }),
    listen: {
      ...file?.listen,
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
    },
    admin: { ...file?.admin, ...(adminPort === undefined ? {} : { port: adminPort }) },
    ...withHybridConnections(file?.namespaces, hybridConnection),
    ...withWorkers(file?.workers, description),
  };
}

/** Whether a relay is several processes. */
export function isSeveral({ workers }: RelayConfig): boolean {
  if (workers === undefined) return false;
  return workers.count === 'auto' ? availableParallelism() > 1 : workers.count > 1;
}

/** Reads a number of workers. */
export function workers(text: string): number | 'auto' {
  if (text === 'auto') return text;
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new InvalidArgumentError('It is neither a number from 1 nor auto.');
  return Number(text);
}

function withWorkers(
  file: RelayConfig['workers'],
  { workers: count, workerPorts: ports }: RelayDescription,
): Pick<RelayConfig, 'workers'> {
  if (file === undefined && count === undefined) {
    if (ports !== undefined) throw new UsageError('--worker-ports needs --workers');
    return {};
  }
  return {
    workers: {
      count: 1,
      ...file,
      ...(count !== undefined && { count }),
      ...(ports !== undefined && { ports }),
    },
  };
}

function withHybridConnections(
  declared: RelayConfig['namespaces'],
  added: readonly HybridConnectionOptions[],
): Pick<RelayConfig, 'namespaces'> {
  // Then it is what the data folder has.
  if (declared === undefined && added.length === 0) return {};
  const [first = { name: NAMESPACE }, ...others] = declared ?? [];
  if (added.length > 0 && others.length > 0) {
    throw new UsageError('--hybrid-connection needs a relay with one namespace: write it into the file');
  }
  const hybridConnections = [...(first.hybridConnections ?? []), ...added];
  return { namespaces: [{ ...first, hybridConnections }, ...others] };
}

/** Reads one `name=host:port` and adds it to those before. */
function hybridConnections(
  text: string,
  before: readonly HybridConnectionOptions[] = [],
): readonly HybridConnectionOptions[] {
  const equals = text.indexOf('=');
  if (equals < 0) return [...before, { name: text }];
  const endpoint = text.slice(equals + 1);
  if (!/^[^\s:]+:\d{1,5}$/.test(endpoint)) throw new InvalidArgumentError('Its target is not host:port.');
  return [...before, { name: text.slice(0, equals), endpoint }];
}
