/**
 * `hybridge ping`: from a name and a port, as an application has them, through the hybrid connection that leads there, and back.
 * @module
 */
import {
  type DiagnoseOptions,
  diagnose,
  type Endpoint,
  matchConnection,
  type NamedConnection,
  outcomeOf,
  readEndpointText,
  type Step,
} from '@hybridge/diagnosis';
import type { RedirectConfig } from '@hybridge/redirect';
import type { TransportOptions } from '@hybridge/socket';
import { Command, Option } from 'commander';
import {
  connectionStringOption,
  EXPOSED_WARNING,
  unreadConnectionString,
} from '../connection-string-option.js';
import { Log } from '../log.js';
import { hasNetworkOptions, type NetworkOptions, networkOf, withNetworkOptions } from '../network-options.js';
import { count, milliseconds } from '../options.js';
import { printStep } from '../print-step.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { configOption } from './routes.js';

interface PingOptions extends NetworkOptions {
  readonly connectionString?: string;
  readonly config?: string;
  readonly count: number;
  readonly timeoutMs: number;
  readonly json?: true;
}

/** A step of whichever kind. */
type AnyStep = Step | Step<'match'>;

const EXAMPLES = `
Examples:
  $ hybridge ping sql01.corp.example:1433 --config hybridge.yaml
  $ hybridge ping sql01.corp.example:1433 --connection-string file:send.txt
  $ hybridge ping db.corp.example:5432 --connection-string env:DB --count 20
  $ hybridge ping sql01.corp.example:1433 --json | jq -r 'select(.outcome == "failed").advice'

A line a step, with its time, and what to do about one that failed; with --json an object a step. The last steps open a connection
to the target, and measure the way through the relay to the manager and back; where no manager of ours answers, each measurement is
one more connection to the target. Exit code 1 when a step failed, 2 for wrong usage.`;

/** @param finish - takes the exit code. */
export function pingCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  const command = new Command('ping')
    .argument('<endpoint>', 'host:port, as the application has it')
    .addOption(connectionStringOption('connection string of the hybrid connection, with the Send right'))
    .addOption(configOption())
    .addOption(
      new Option('--count <n>', 'how often to measure the way there and back').argParser(count).default(4),
    )
    .addOption(
      new Option('--timeout-ms <ms>', 'how long a step may take').argParser(milliseconds).default(5_000),
    )
    .option('--json', 'print JSON, a line a step');
  return withNetworkOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (text: string, options: PingOptions) => {
      const asked = readEndpointText(text);
      if (asked === undefined)
        throw new UsageError(`${JSON.stringify(text)} is not host:port, such as sql01.corp.example:1433`);
      const steps: AnyStep[] = [];
      for await (const step of walk(asked, options, surroundings)) {
        printStep(step, options, surroundings);
        steps.push(step);
      }
      finish(outcomeOf(steps) === 'failed' ? 1 : 0);
    });
}

async function* walk(
  asked: Endpoint,
  options: PingOptions,
  surroundings: Surroundings,
): AsyncGenerator<AnyStep> {
  const { connectionString: given, count: rounds, timeoutMs } = options;
  const log = new Log(surroundings.stderr, { level: 'info', json: options.json === true });
  if (given !== undefined && options.config !== undefined)
    throw new UsageError('give --connection-string or --config, not both');
  const transport = await networkGiven(options, surroundings, log);
  const far = { right: 'send', probe: true, rounds, timeoutMs } as const;
  const config = given === undefined ? await configuration(options, surroundings) : undefined;
  if (config !== undefined) {
    for (const warning of config.warnings) log.warn(warning);
    const sender = { ...config.sender, ...transport };
    const { connectTimeoutMs: probeTimeoutMs } = sender;
    yield* pingConfigured(asked, { ...config, sender }, { ...sender, probeTimeoutMs, ...far });
    return;
  }
  if (given === undefined && !surroundings.env.HYBRIDGE_CONNECTION_STRING?.trim()) {
    throw new UsageError("give --connection-string, or --config with the application's configuration");
  }
  const { text: connectionString, exposed } = unreadConnectionString(given, surroundings);
  if (exposed) log.warn(EXPOSED_WARNING);
  yield* pingOne(asked, { ...transport, ...far, connectionString });
}

/** What the command line says of the network, and nothing of what it does not. */
async function networkGiven(options: PingOptions, surroundings: Surroundings, log: Log) {
  if (!hasNetworkOptions(options)) return {};
  const given = Object.entries(await networkOf(options, surroundings, log));
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as TransportOptions;
}

/** An application's configuration, from where it has it, too. @throws RedirectConfigError */
async function configuration({ config }: PingOptions, { env }: Surroundings) {
  const { configOfConnections, configPlace, hasConfigPlace, loadRedirectConfig } = await import(
    '@hybridge/redirect'
  );
  if (config === undefined && !hasConfigPlace(env)) return undefined;
  const place = config === undefined ? configPlace(env) : ({ type: 'file', path: config } as const);
  if (place.type === 'file') return loadRedirectConfig(place.path, { env });
  return configOfConnections(place.text, { env });
}

/** One of those that are configured. */
async function* pingConfigured(
  asked: Endpoint,
  config: RedirectConfig,
  options: DiagnoseOptions,
): AsyncGenerator<AnyStep> {
  const { namedConnections } = await import('@hybridge/redirect');
  const { connections, unknown, appProblem } = await namedConnections(config, new AbortController().signal);
  const { step, connection } = matchConnection(asked, connections);
  if (connection !== undefined) {
    yield step;
    const { connectionString, hybridConnection } = connection;
    const isOwn = config.connections.some((each) => each.connectionString === connectionString);
    const sync = isOwn
      ? ''
      : `. The app may still have the one before: hybridge key sync ${hybridConnection}`;
    for await (const each of diagnose({ ...options, connectionString })) {
      const isKey = each.name === 'key' && each.outcome === 'failed';
      yield isKey ? { ...each, advice: `${each.advice}${sync}` } : each;
    }
    return;
  }
  const [first] = unknown;
  if (first === undefined) {
    yield appProblem === undefined ? step : { ...step, message: appProblem, advice: APP_ADVICE };
    return;
  }
  // Which it would be only a relay can tell, and that did not: here is why.
  const names = unknown.map(({ hybridConnection }) => hybridConnection).join(', ');
  const message = `only their relay knows what these are for, and did not say: ${names}`;
  yield { ...step, outcome: 'warning', message, advice: ENDPOINT_ADVICE };
  yield* pingOne(asked, { ...options, connectionString: first.connectionString });
}

const APP_ADVICE =
  "Check app.url, app.token and app.name: what the app has attached is read from the relay's admin port";
const ENDPOINT_ADVICE = 'See the steps below; or give them an endpoint in the configuration';

/** The one hybrid connection that there is: only its relay knows what it is for. */
async function* pingOne(asked: Endpoint, options: DiagnoseOptions): AsyncGenerator<AnyStep> {
  let about: Omit<NamedConnection, keyof Endpoint> | undefined;
  for await (const step of diagnose(options)) {
    yield step;
    const { name, outcome, detail } = step;
    if (name === 'connection-string' && outcome !== 'failed')
      about = { hybridConnection: String(detail.hybridConnection), namespace: String(detail.relay) };
    if (name !== 'endpoint' || outcome !== 'ok' || about === undefined) continue;
    const its = readEndpointText(String(detail.endpoint));
    const { step: match } = matchConnection(asked, its === undefined ? [] : [{ ...its, ...about }]);
    yield match;
    // What follows would be about another service.
    if (match.outcome === 'failed') return;
  }
}
