/**
 * The command line of `hybridge`: its subcommands, and what becomes of their failures.
 * @module
 */
import { Command, CommanderError } from 'commander';
import { oneLine } from './log.js';
import { programVersion } from './program-version.js';
import { SUBCOMMANDS, type Subcommand } from './subcommands.js';
import type { Surroundings } from './surroundings.js';
import { exitCodeOf, UsageError } from './usage-error.js';

const EXAMPLES = `
Examples:
  $ hybridge relay --hybrid-connection payroll-sql
  $ hybridge connection-string payroll-sql --rule defaultListener > listen.txt
  $ hybridge connection-string payroll-sql --rule defaultSender > send.txt
  $ hybridge manager --connection-string file:listen.txt --endpoint sql01.corp.example:1433
  $ hybridge forward --connection-string file:send.txt --listen 127.0.0.1:1433
  $ hybridge run --config app.yaml -- php app.php
  $ hybridge status
  $ hybridge connection create reports --endpoint db02.corp.example:5432

Exit codes: 0 done, 1 failure, 2 wrong usage or configuration, 3 not found, 4 not allowed, 130 interrupted twice.`;

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
  try {
    const program = new Command('hybridge')
      .description(
        'Reach a TCP service in another network: no inbound port, no VPN, no change to the application',
      )
      .version(programVersion(), '-V, --version')
      .addHelpText('after', EXAMPLES);
    for (const subcommand of SUBCOMMANDS) {
      program.addCommand(await commandOf(subcommand, isMeant(subcommand, args), surroundings, finish));
    }
    talkThrough(program, surroundings);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    return failed(error, surroundings);
  }
}

/** Only the command that is meant is loaded: the relay and all that it needs take a quarter of a second. */
async function commandOf(
  { name, description, load }: Subcommand,
  meant: boolean,
  surroundings: Surroundings,
  finish: (exitCode: number) => void,
): Promise<Command> {
  const command = meant ? (await load())(surroundings, finish) : new Command(name);
  return command.description(description);
}

function isMeant({ name }: Subcommand, [first, second]: readonly string[]): boolean {
  return first === name || (first === 'help' && second === name);
}

/** Makes a command, and those below it, write where it is told to, and throw rather than exit. */
function talkThrough(command: Command, surroundings: Surroundings): void {
  command
    .exitOverride((error) => ended(command, error))
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      writeErr: (text) => surroundings.stderr.write(text),
      // Reported below, with every other failure.
      outputError: () => {},
    });
  for (const below of command.commands) talkThrough(below, surroundings);
}

/** Help and version come as "errors", too; whatever else ends a command is wrong usage of it. */
function ended(command: Command, error: CommanderError): never {
  if (error.exitCode === 0 || error.code === 'commander.help') throw error;
  // What stands behind the = of an option that is not known may be a key.
  const what = error.message.replace(/^error: /, '').replace(/^(unknown option '[^=']*)=.*'/s, "$1'");
  throw new UsageError(`${what.replace(/\.$/, '')}; see ${nameOf(command)} --help`);
}

/** As it is typed. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

function failed(error: unknown, { stderr }: Surroundings): number {
  // Help that nobody asked for has been printed already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  stderr.write(`hybridge: ${oneLine(error instanceof Error ? error.message : String(error))}\n`);
  return exitCodeOf(error);
}
