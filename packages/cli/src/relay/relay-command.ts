/**
 * `hybridge relay`: the relay itself, and what makes it a service.
 * @module
 */
import { Command } from 'commander';
import { optionsOf } from '../default-verb.js';
import type { Surroundings } from '../surroundings.js';
import { installCommand, uninstallCommand } from './install-command.js';
import { EXAMPLES, runCommand } from './run-command.js';

/** @param finish - takes the exit code. */
export function relayCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  const run = runCommand(surroundings, finish);
  return new Command('relay')
    .addHelpText('after', () => `\nOptions of run, which can be left out:\n${optionsOf(run)}\n${EXAMPLES}`)
    .addCommand(run, { isDefault: true })
    .addCommand(installCommand(surroundings, finish))
    .addCommand(uninstallCommand(surroundings, finish));
}
