/**
 * `hybridge relay run`: the relay itself.
 * @module
 */
import { join } from 'node:path';
import { type RelayConfig, RelayServer, RelayWorkers } from '@hybridge/relay';
import { Command, Option } from 'commander';
import type { Log } from '../log.js';
import { isLoopback, logOf, port, type ServiceOptions, withServiceOptions } from '../options.js';
import { serve } from '../service.js';
import type { Surroundings } from '../surroundings.js';
import { configWithTlsFiles, followCertificate } from './follow-certificate.js';
import { listenFailure } from './listen-failure.js';
import { isSeveral, type RelayDescription, withRelayDescription, workers } from './relay-options.js';

interface RelayCommandOptions extends ServiceOptions, RelayDescription {}

/** For its help, and that of the command above. */
export const EXAMPLES = `
Examples:
  $ hybridge relay                                          # quick start: ws://127.0.0.1:8080, portal at port 8081
  $ hybridge relay --hybrid-connection payroll-sql
  $ hybridge relay --config relay.yaml
  $ hybridge relay --config relay.yaml --port 9090 --log-level debug
  $ hybridge relay --config relay.yaml --workers 4 --worker-ports 8090   # also at ports 8090 to 8093
  $ sudo hybridge relay install --config /etc/hybridge/relay.yaml        # a service of this machine

relay.yaml:
  dataDir: ./data
  listen: { host: 0.0.0.0, port: 443, tls: { cert: server.pem, key: server.key } }
  namespaces:
    - name: relay.example.net
      hybridConnections:
        - { name: payroll-sql, endpoint: "sql01.corp.example:1433" }

Then print the connection strings with  hybridge connection-string payroll-sql --rule defaultListener .
Prints  relay ready {"url":…,"admin":…}  once it accepts connections. With several workers, "workers" holds their own
addresses: listeners are sent there, so those ports must be reachable for them.`;

/** @param finish - takes the exit code. */
export function runCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  return withServiceOptions(
    withRelayDescription(
      new Command('run').description(
        'Run a relay until Ctrl-C or SIGTERM: what hybridge relay does without a verb',
      ),
    )
      .addOption(
        new Option(
          '--admin-port <port>',
          'port for the portal, management and health, on loopback (default: 8081)',
        ).argParser(port),
      )
      .addOption(
        new Option(
          '--workers <count>',
          'processes that share the port, or auto: one for each processor (default: 1)',
        ).argParser(workers),
      )
      .addOption(
        new Option(
          '--worker-ports <port>',
          "first of the workers' own ports (default: any free ones)",
        ).argParser(port),
      ),
  )
    .addHelpText('after', EXAMPLES)
    .action(async (options: RelayCommandOptions) => finish(await relay(options, surroundings)));
}

async function relay(options: RelayCommandOptions, surroundings: Surroundings): Promise<number> {
  const log = logOf(surroundings, options);
  const read = configWithTlsFiles(options);
  const { config } = read;
  const host = config.listen?.host ?? '127.0.0.1';
  if (config.listen?.tls === undefined && !isLoopback({ host, port: 0 })) {
    log.warn(`${host} is open to the network without TLS: put a TLS proxy before it, or set listen.tls`);
  }
  const adminHost = config.admin?.host ?? '127.0.0.1';
  if (!isLoopback({ host: adminHost, port: 0 })) {
    log.warn(`the admin port is open to the network at ${adminHost} without TLS: put a TLS proxy before it`);
  }
  const server = isSeveral(config)
    ? new RelayWorkers({ ...config, logger: log, logLevel: options.logLevel })
    : new RelayServer({ ...config, logger: log });
  const listening = server.listen().catch((error: unknown) => {
    throw listenFailure(error, config);
  });
  let stopFollowing: (() => void) | undefined;
  return serve(
    'relay',
    {
      start: async () => {
        const addresses = await listening;
        tellPortal(log, addresses.admin, config);
        stopFollowing = followCertificate(read, {
          ...{ description: options, log, surroundings },
          show: (tls) => server.setCertificate(tls),
        });
        return addresses;
      },
      stop: async (graceMs) => {
        await listening;
        stopFollowing?.();
        await server.close({ graceMs });
      },
    },
    { surroundings, log, options },
  );
}

/** Where the relay is managed, and what opens it: nobody should have to look for it after a first start. */
function tellPortal(log: Log, admin: string | undefined, config: RelayConfig): void {
  if (admin === undefined) return;
  const { token, tokenFile = config.dataDir && join(config.dataDir, 'admin.token') } = config.admin ?? {};
  const key = token === undefined ? `the token in ${tokenFile}` : 'the token of the configuration';
  log.info(`the portal is at ${admin}/portal/, and opens with ${key}`);
}
