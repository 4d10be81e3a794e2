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
import { Command, Option } from 'commander';
import {
  connectionStringOption,
  EXPOSED_WARNING,
  unreadConnectionString,
} from '../connection-string-option.js';
import { Log } from '../log.js';
import { type NetworkOptions, networkOf, withNetworkOptions } from '../network-options.js';
import { count, milliseconds } from '../options.js';
import { printStep } from '../print-step.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';

interface PingOptions extends NetworkOptions {
  readonly connectionString?: string;
  readonly count: number;
  readonly timeoutMs: number;
  readonly json?: true;
}

/** A step of whichever kind. */
type AnyStep = Step | Step<'match'>;

const EXAMPLES = `
Examples:
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
  const { text: connectionString, exposed } = unreadConnectionString(options.connectionString, surroundings);
  const log = new Log(surroundings.stderr, { level: 'info', json: options.json === true });
  if (exposed) log.warn(EXPOSED_WARNING);
  const transport = await networkOf(options, surroundings, log);
  const { count: rounds, timeoutMs } = options;
  yield* pingOne(asked, { ...transport, connectionString, right: 'send', probe: true, rounds, timeoutMs });
}

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
