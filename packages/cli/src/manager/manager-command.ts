/**
 * `hybridge manager`: the Hybrid Connection Manager, and what operates the one that runs.
 * @module
 */
import { Command } from 'commander';
import { optionsOf } from '../default-verb.js';
import type { Surroundings } from '../surroundings.js';
import { UsageError } from '../usage-error.js';
import { addCommand } from './add-command.js';
import { auditCommand } from './audit-command.js';
import { removeCommand, restartCommand } from './change-commands.js';
import { installCommand, uninstallCommand } from './install-command.js';
import { listCommand, showCommand, statusCommand } from './list-command.js';
import { loginCommand } from './login-command.js';
import { logsCommand } from './logs-command.js';
import { runCommand } from './run-command.js';
import { testCommand } from './test-command.js';
import { uiCommand } from './ui-command.js';
import { updateCommand } from './update-command.js';

const EXAMPLES = `
Examples:
  $ hybridge manager --config manager.yaml           # the same as hybridge manager run --config manager.yaml
  $ hybridge manager add --connection-string file:payroll.txt
  $ hybridge manager list
  $ hybridge manager test payroll-sql
  $ hybridge manager install --dry-run
  $ hybridge manager help run

All but run, install and uninstall ask the manager that runs on this machine, by its control socket.`;

/** @param finish - takes the exit code. */
export function managerCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  const run = runCommand(surroundings, finish);
  return (
    new Command('manager')
      .addHelpText('after', () => `\nOptions of run, which can be left out:\n${optionsOf(run)}\n${EXAMPLES}`)
      // Before run, which is meant by everything else, complains of options that are not its own.
      .hook('preSubcommand', ({ args: [first] }, subcommand) => {
        if (subcommand === run && first !== undefined && first !== 'run' && !first.startsWith('-')) {
          throw new UsageError(`unknown command '${first}' of hybridge manager; see hybridge manager --help`);
        }
      })
      .addCommand(run, { isDefault: true })
      .addCommand(addCommand(surroundings))
      .addCommand(listCommand(surroundings))
      .addCommand(showCommand(surroundings))
      .addCommand(statusCommand(surroundings))
      .addCommand(updateCommand(surroundings, finish))
      .addCommand(removeCommand(surroundings))
      .addCommand(restartCommand(surroundings))
      .addCommand(testCommand(surroundings, finish))
      .addCommand(logsCommand(surroundings))
      .addCommand(auditCommand(surroundings))
      .addCommand(loginCommand(surroundings))
      .addCommand(uiCommand(surroundings))
      .addCommand(installCommand(surroundings, finish))
      .addCommand(uninstallCommand(surroundings, finish))
  );
}
