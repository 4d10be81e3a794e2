/**
 * A command with verbs, of which one need not be said.
 * @module
 */
import type { Command } from 'commander';

/** The options of a verb, as its own help lists them: for the help of the command above it. */
export function optionsOf(verb: Command): string {
  const [, options = ''] = /^Options:\n([\s\S]*?)\n\s*$/m.exec(verb.helpInformation()) ?? [];
  return options;
}
