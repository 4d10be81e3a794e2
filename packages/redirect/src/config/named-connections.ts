/**
 * Everything that a configuration leads through hybrid connections, once, for those who ask what is meant by a name: an
 * endpoint for each, from the configuration or from its relay.
 * @module
 */
import { askRelay, endpointIn } from '@hybridge/diagnosis';
import { transportOptions } from '@hybridge/socket';
import { AppConnections } from './app-connections.js';
import type { ConnectionConfig } from './connection-config.js';
import { type Endpoint, parseEndpoint } from './endpoint.js';
import type { RedirectConfig } from './redirect-config.js';

/** A hybrid connection whose endpoint is known. */
export interface ConfiguredConnection extends Endpoint, Omit<ConnectionConfig, 'endpoint'> {}

/** What is configured. */
export interface ConfiguredConnections {
  readonly connections: readonly ConfiguredConnection[];
  /** Those whose endpoint could not be had. */
  readonly unknown: readonly Omit<ConnectionConfig, 'endpoint'>[];
  /** Why what the app has attached is not among them; one line, free of secrets. */
  readonly appProblem: string | undefined;
}

/** Asks the relays for what the configuration does not say. @throws the signal's reason */
export async function namedConnections(
  config: RedirectConfig,
  signal: AbortSignal,
): Promise<ConfiguredConnections> {
  const { attached, appProblem } = await attachedIn(config);
  const found = await Promise.all(
    [...config.connections, ...attached].map(async ({ endpoint, ...connection }) => {
      const known = endpoint ?? (await endpointAt(connection.connectionString, config, signal));
      return { connection, known };
    }),
  );
  signal.throwIfAborted();
  return {
    connections: found.flatMap(({ connection, known }) => (known ? [{ ...connection, ...known }] : [])),
    unknown: found.flatMap(({ connection, known }) => (known ? [] : [connection])),
    appProblem,
  };
}

async function attachedIn({ app, sender }: RedirectConfig) {
  if (app === undefined) return { attached: [], appProblem: undefined };
  try {
    return { attached: await new AppConnections(app, () => sender).read(), appProblem: undefined };
  } catch (error) {
    return { attached: [], appProblem: `app ${app.name}: ${(error as Error).message}` };
  }
}

/** Why it cannot be had is for a diagnosis to say, which walks the same way. */
async function endpointAt(
  connectionString: string,
  { sender }: RedirectConfig,
  signal: AbortSignal,
): Promise<Endpoint | undefined> {
  try {
    const { userMetadata } = await askRelay({
      ...{ connectionString, signal, transport: transportOptions(sender) },
    });
    const { endpoint } = endpointIn(userMetadata);
    return endpoint === undefined ? undefined : parseEndpoint(endpoint);
  } catch {
    return undefined;
  }
}
