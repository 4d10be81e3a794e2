/**
 * The command line of `hybridge`: its subcommands, and what becomes of their failures.
 * @module
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { connectionStringCommand } from './connection-string-command.js';
import { forwardCommand } from './forward-command.js';
import { oneLine } from './log.js';
import { managerCommand } from './manager-command.js';
import { relayCommand } from './relay-command.js';
import type { Surroundings } from './surroundings.js';
import { isUsageError } from './usage-error.js';

const EXAMPLES = `
Examples:
  $ hybridge relay --hybrid-connection payroll-sql
  $ hybridge connection-string payroll-sql --rule defaultListener > listen.txt
  $ hybridge connection-string payroll-sql --rule defaultSender > send.txt
  $ hybridge manager --connection-string file:listen.txt --endpoint sql01.corp.example:1433
  $ hybridge forward --connection-string file:send.txt --listen 127.0.0.1:1433

Exit codes: 0 done, 1 failure, 2 wrong usage or configuration, 130 interrupted twice.`;

/**
 * Runs one command line.
 * @param args - without the names of node and of the command.
 * @returns the exit code. Never rejects: a failure is one line on standard error.
 */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  const program = new Command('hybridge')
    .description(
      'Reach a TCP service in another network: no inbound port, no VPN, no change to the application',
    )
    .version(version(), '-V, --version')
    .addHelpText('after', EXAMPLES)
    .addCommand(relayCommand(surroundings, finish))
    .addCommand(managerCommand(surroundings, finish))
    .addCommand(forwardCommand(surroundings, finish))
    .addCommand(connectionStringCommand(surroundings));
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError(false)
      .configureOutput({
        writeOut: (text) => surroundings.stdout.write(text),
        writeErr: (text) => surroundings.stderr.write(text),
        // Reported below, with every other failure.
        outputError: () => {},
      });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return failed(error, surroundings);
  }
}

function failed(error: unknown, { stderr }: Surroundings): number {
  // Help and version come as "errors" with exit code 0; help that nobody asked for has been printed already.
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help')
      stderr.write(`hybridge: ${oneLine(error.message.replace(/^error: /, ''))}\n`);
    return 2;
  }
  stderr.write(`hybridge: ${oneLine(error instanceof Error ? error.message : String(error))}\n`);
  return isUsageError(error) ? 2 : 1;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;
}
