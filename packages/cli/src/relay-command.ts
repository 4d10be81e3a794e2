/**
 * `hybridge relay`: the relay itself.
 * @module
 */
import { RelayServer } from '@hybridge/relay';
import { Command, Option } from 'commander';
import { isLoopback, logOf, port, type ServiceOptions, withServiceOptions } from './options.js';
import { type RelayDescription, relayConfig, withRelayDescription } from './relay-options.js';
import { serve } from './service.js';
import type { Surroundings } from './surroundings.js';

interface RelayCommandOptions extends ServiceOptions, RelayDescription {}

const EXAMPLES = `
Examples:
  $ hybridge relay --hybrid-connection payroll-sql          # quick start: ws://127.0.0.1:8080, keys in ./data
  $ hybridge relay --config relay.yaml
  $ hybridge relay --config relay.yaml --port 9090 --log-level debug

relay.yaml:
  dataDir: ./data
  listen: { host: 0.0.0.0, port: 443, tls: { cert: server.pem, key: server.key } }
  namespaces:
    - name: relay.example.net
      hybridConnections:
        - { name: payroll-sql, endpoint: "sql01.corp.example:1433" }

Then print the connection strings with  hybridge connection-string payroll-sql --rule defaultListener .
Prints  relay ready {"url":…,"admin":…}  once it accepts connections.`;

/** @param finish - takes the exit code. */
export function relayCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  return withServiceOptions(
    withRelayDescription(
      new Command('relay').description('Run a relay that joins senders and listeners'),
    ).addOption(
      new Option('--admin-port <port>', 'port for health and status, on loopback (default: 8081)').argParser(
        port,
      ),
    ),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (options: RelayCommandOptions) => finish(await relay(options, surroundings)));
}

async function relay(options: RelayCommandOptions, surroundings: Surroundings): Promise<number> {
  const log = logOf(surroundings, options);
  const config = relayConfig(options);
  const host = config.listen?.host ?? '127.0.0.1';
  if (config.listen?.tls === undefined && !isLoopback({ host, port: 0 })) {
    log.warn(`${host} is open to the network without TLS: put a TLS proxy before it, or set listen.tls`);
  }
  const server = new RelayServer({ ...config, logger: log });
  const listening = server.listen();
  return serve(
    'relay',
    {
      start: () => listening,
      stop: async (graceMs) => {
        await listening;
        await server.close({ graceMs });
      },
    },
    { surroundings, log, graceMs: options.graceMs },
  );
}
