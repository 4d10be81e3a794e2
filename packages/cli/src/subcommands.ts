/**
 * The subcommands of `hybridge`, each with what loads it.
 *
 * The list is all that a start needs: the module of a command is read when that command is meant.
 * @module
 */
import type { Command } from 'commander';
import type { Surroundings } from './surroundings.js';

/** Makes a command. @param finish - takes the exit code, unless it is 0 */
export type MakeCommand = (surroundings: Surroundings, finish: (exitCode: number) => void) => Command;

/** A subcommand that is not loaded yet. */
export interface Subcommand {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<MakeCommand>;
}

/** All of them, in the order of the help. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'relay',
    description: 'Run a relay that joins senders and listeners',
    load: async () => (await import('./relay/relay-command.js')).relayCommand,
  },
  {
    name: 'manager',
    description: 'Lead hybrid connections to TCP services of this network',
    load: async () => (await import('./manager/manager-command.js')).managerCommand,
  },
  {
    name: 'forward',
    description: 'Open a local port that leads through a hybrid connection to its target',
    load: async () => (await import('./forward-command.js')).forwardCommand,
  },
  {
    name: 'run',
    description:
      'Run a command, in any language, that reaches the endpoints of hybrid connections by their names',
    load: async () => (await import('./redirect/run-command.js')).runCommand,
  },
  {
    name: 'up',
    description: 'Lead every program of this machine to the endpoints of hybrid connections',
    load: async () => (await import('./redirect/up-command.js')).upCommand,
  },
  {
    name: 'hosts',
    description: 'Print the names for a resolver, or clean the hosts file after a crash',
    load: async () => (await import('./redirect/hosts-command.js')).hostsCommand,
  },
  {
    name: 'ping',
    description: 'Find the hybrid connection for a host and port, and walk the way there and back',
    load: async () => (await import('./redirect/ping-command.js')).pingCommand,
  },
  {
    name: 'test',
    description: 'Walk the way to a hybrid connection or a target step by step, and say where it ends',
    load: async () => (await import('./test-command.js')).testCommand,
  },
  {
    name: 'connection-string',
    description:
      "Print a hybrid connection's connection string, from the relay's configuration and kept keys",
    load: async () => (await import('./connection-string-command.js')).connectionStringCommand,
  },
  {
    name: 'status',
    description: 'Show what a relay is doing: hybrid connections, who listens, alarms',
    load: async () => (await import('./management/status-command.js')).statusCommand,
  },
  {
    name: 'namespace',
    description: 'Manage namespaces',
    load: async () => (await import('./management/namespace-command.js')).namespaceCommand,
  },
  {
    name: 'connection',
    description: 'Manage hybrid connections',
    load: async () => (await import('./management/connection-command.js')).connectionCommand,
  },
  {
    name: 'rule',
    description: 'Manage shared access policies',
    load: async () => (await import('./management/rule-command.js')).ruleCommand,
  },
  {
    name: 'key',
    description: 'Show, roll, revoke and sync keys, and see who uses them',
    load: async () => (await import('./management/key-command.js')).keyCommand,
  },
  {
    name: 'app',
    description: 'Manage apps and the hybrid connections that they have attached',
    load: async () => (await import('./management/app-command.js')).appCommand,
  },
  {
    name: 'plan',
    description: 'Manage application plans',
    load: async () => (await import('./management/plan-command.js')).planCommand,
  },
  {
    name: 'token',
    description: "Manage tokens of the relay's admin port",
    load: async () => (await import('./management/token-command.js')).tokenCommand,
  },
  {
    name: 'tunnels',
    description: 'Show joined connections, and cut them',
    load: async () => (await import('./management/tunnels-command.js')).tunnelsCommand,
  },
  {
    name: 'audit',
    description: 'Show the audit log, or follow it',
    load: async () => (await import('./management/audit-command.js')).auditCommand,
  },
];
