/**
 * A relay in one line, for tests.
 * @module
 */
import type { HybridConnectionOptions, RelayOptions } from './config/options.js';
import { RelayServer } from './relay-server.js';

/** Options of {@link startRelay}: those of a relay, or simply the names of hybrid connections. */
export interface StartRelayOptions extends RelayOptions {
  /** Hybrid connections of the namespace `localhost`. Leave `namespaces` out then. */
  readonly hybridConnections?: readonly (string | HybridConnectionOptions)[];
}

/**
 * Starts a relay in this process, on a free port of the loopback interface, with generated keys and no file written.
 *
 * Ends with `await using`, or with `close()`, which here waits for nobody unless `timeouts.drainMs` says so.
 * @throws RelayConfigError when an option cannot be used.
 */
export async function startRelay(options: StartRelayOptions = {}): Promise<RelayServer> {
  const { hybridConnections, ...rest } = options;
  const relay = new RelayServer({
    ...rest,
    listen: { port: 0, ...rest.listen },
    ...(rest.admin && { admin: { port: 0, ...rest.admin } }),
    timeouts: { drainMs: 0, ...rest.timeouts },
    ...(hybridConnections && {
      namespaces: [
        {
          name: 'localhost',
          hybridConnections: hybridConnections.map((each) =>
            typeof each === 'string' ? { name: each } : each,
          ),
        },
      ],
    }),
  });
  await relay.listen();
  return relay;
}
