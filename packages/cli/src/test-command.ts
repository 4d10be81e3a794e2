/**
 * `hybridge test`: walks the way to a hybrid connection or to a target, and says where it ends.
 * @module
 */
import {
  type DiagnoseOptions,
  diagnose,
  diagnoseForwarding,
  diagnoseTarget,
  outcomeOf,
  type Right,
  type Step,
} from '@hybridge/diagnosis';
import { Command, Option } from 'commander';
import {
  connectionStringOption,
  EXPOSED_WARNING,
  unreadConnectionString,
} from './connection-string-option.js';
import { Log } from './log.js';
import { type NetworkOptions, networkOf, withNetworkOptions } from './network-options.js';
import { type LocalAddress, localAddress, milliseconds } from './options.js';
import { printStep } from './print-step.js';
import type { Surroundings } from './surroundings.js';
import { UsageError } from './usage-error.js';

interface TestOptions extends NetworkOptions {
  readonly connectionString?: string;
  readonly right?: Right;
  readonly register?: true;
  readonly probe?: true;
  readonly timeoutMs?: number;
  readonly json?: true;
}

const EXAMPLES = `
Examples:
  $ hybridge test sql01.corp.example:1433                        # from this machine to a target
  $ hybridge test --connection-string file:listen.txt --register # a manager's side, and its target
  $ hybridge test --connection-string file:send.txt --probe      # an application's side, through the tunnel
  $ hybridge test --connection-string file:send.txt --json | jq -r 'select(.outcome == "failed").advice'

A line a step, with its time, and what to do about one that failed; with --json an object a step. Exit code 1 when one failed.`;

/** @param finish - takes the exit code. */
export function testCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  const command = new Command('test')
    .argument('[target]', 'host:port of a TCP service, reached from this machine')
    .addOption(connectionStringOption('connection string of the hybrid connection'))
    .addOption(
      new Option('--right <right>', "what the key is for (default: as the policy's name says)").choices([
        'listen',
        'send',
      ]),
    )
    .option('--register', 'for listen: register as a listener, for a moment')
    .option('--probe', 'for send: open a connection through the tunnel to the target')
    .addOption(
      new Option('--timeout-ms <ms>', 'how long a step may take').argParser(milliseconds).default(5_000),
    )
    .option('--json', 'print JSON, a line a step');
  return withNetworkOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (target: string | undefined, options: TestOptions) => {
      const steps: Step[] = [];
      for await (const step of walk(target, options, surroundings)) {
        printStep(step, options, surroundings);
        steps.push(step);
      }
      finish(outcomeOf(steps) === 'failed' ? 1 : 0);
    });
}

async function* walk(
  target: string | undefined,
  options: TestOptions,
  surroundings: Surroundings,
): AsyncGenerator<Step> {
  const { timeoutMs } = options;
  const address = target === undefined ? undefined : targetAddress(target);
  if (address === undefined || options.connectionString !== undefined) {
    const relay = await relayOptions(options, surroundings);
    // The target is on a manager's side; what an application reaches from its own is another matter.
    if (relay.right === 'listen') {
      yield* diagnoseForwarding({ ...relay, target: address });
      return;
    }
    yield* diagnose(relay);
  }
  if (address !== undefined) yield* diagnoseTarget({ ...address, timeoutMs });
}

async function relayOptions(options: TestOptions, surroundings: Surroundings): Promise<DiagnoseOptions> {
  const { text: connectionString, exposed } = unreadConnectionString(
    options.connectionString,
    surroundings,
    'a target (host:port), or --connection-string,',
  );
  const log = new Log(surroundings.stderr, { level: 'info', json: options.json === true });
  if (exposed) log.warn(EXPOSED_WARNING);
  const right = options.right ?? rightIn(connectionString);
  if (options.register && right === 'send') throw new UsageError('--register is for --right listen');
  if (options.probe && right === 'listen') throw new UsageError('--probe is for --right send');
  const { register, probe, timeoutMs } = options;
  const transport = await networkOf(options, surroundings, log);
  return { ...transport, connectionString, right, register, probe, timeoutMs };
}

/** The policies that a relay makes are named for what they are good for. */
function rightIn(connectionString: string): Right {
  return /SharedAccessKeyName\s*=[^;]*listen/i.test(connectionString) ? 'listen' : 'send';
}

/** @throws UsageError */
function targetAddress(text: string): LocalAddress {
  try {
    const address = localAddress(text);
    if (text.includes(':') && !text.startsWith(':') && address.port !== 0) return address;
  } catch {
    // said below
  }
  throw new UsageError(`${JSON.stringify(text)} is not host:port, such as sql01.corp.example:1433`);
}
