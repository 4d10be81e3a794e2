/**
 * A program as a unit of systemd.
 *
 * For the machine it runs as a user of its own that owns nothing but its state; everything that it does not need is closed. For a user it runs in that user's own manager, where most of that is not to be had.
 *
 * Source: systemd.exec(5), systemd.service(5) and systemd.unit(5) of systemd 252.
 * @module
 */
import { join } from 'node:path';
import {
  type Installation,
  type InstallTarget,
  markOf,
  serviceArguments,
  steps,
  stopSeconds,
} from './installation.js';

/** There while systemd runs the machine: sd_booted(3). */
const SYSTEMD_RUNS = '/run/systemd/system';

/** Filled in by systemd. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is none of ours
const STATE_DIRECTORY = '${STATE_DIRECTORY}';

const DOCUMENTATION = 'https://github.com/hybridge/hybridge';

/** For the machine, or for one user. */
export function systemdInstallation(target: InstallTarget): Installation {
  return target.isUser ? forUser(target) : forMachine(target);
}

function forMachine(target: InstallTarget): Installation {
  const { program, name, runAs } = target;
  const path = `/etc/systemd/system/${name}.service`;
  const dataDir = `/var/lib/${name}`;
  return {
    mark: markOf(program),
    service: { path, text: machineUnit(target) },
    dataDir,
    ...(runAs === undefined && { privateDataDir: `/var/lib/private/${name}` }),
    config: target.config ?? join(dataDir, program.configFile),
    enable: steps(['systemctl', 'daemon-reload'], ['systemctl', 'enable', name]),
    start: steps(['systemctl', 'start', name]),
    restart: steps(['systemctl', 'restart', name]),
    disable: steps(['systemctl', 'disable', '--now', name]),
    afterwards: steps(['systemctl', 'daemon-reload']),
    needs: SYSTEMD_RUNS,
    notes: [
      `how it is: systemctl status ${name}; its log: journalctl -u ${name} -f`,
      program.note(target, dataDir, '/run'),
    ],
  };
}

function forUser(target: InstallTarget): Installation {
  const { program, name, home, env } = target;
  const units = join(env.XDG_CONFIG_HOME?.trim() || join(home, '.config'), 'systemd', 'user');
  const dataDir = join(env.XDG_STATE_HOME?.trim() || join(home, '.local', 'state'), name);
  return {
    mark: markOf(program),
    service: { path: join(units, `${name}.service`), text: userUnit(target, dataDir) },
    dataDir,
    config: target.config ?? join(dataDir, program.configFile),
    enable: steps(['systemctl', '--user', 'daemon-reload'], ['systemctl', '--user', 'enable', name]),
    start: steps(['systemctl', '--user', 'start', name]),
    restart: steps(['systemctl', '--user', 'restart', name]),
    disable: steps(['systemctl', '--user', 'disable', '--now', name]),
    afterwards: steps(['systemctl', '--user', 'daemon-reload']),
    needs: SYSTEMD_RUNS,
    notes: [
      `how it is: systemctl --user status ${name}; its log: journalctl --user -u ${name} -f`,
      'it ends when you log out, unless: loginctl enable-linger',
    ],
  };
}

function machineUnit(target: InstallTarget): string {
  const { program, name } = target;
  const { command, keeps, unit } = program;
  return `# ${markOf(program)}: a ${command} of Hybridge as a service of systemd.
# Changes of your own: systemctl edit ${name}.
#
#   /var/lib/${name}/    what the ${command} keeps, for its own user only: ${keeps}

[Unit]
Description=${program.title}
Documentation=${DOCUMENTATION}
Wants=network-online.target
After=network-online.target
# It is started again however often it ends.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${unitCommand(target, STATE_DIRECTORY)}
# ${unit.reload}
ExecReload=/bin/kill -HUP $MAINPID
${ownLines(target)}
# SIGTERM goes to the ${command}, which takes nothing new and gives open connections their time: longer than --grace-ms.
KillMode=mixed
TimeoutStopSec=${stopSeconds(target)}
# Also after SIGALRM, by which it ends itself when it has stood still for --watchdog-ms.
Restart=on-failure
RestartSec=2
# Wrong configuration, or wrong options: trying again does not help.
RestartPreventExitStatus=2

# ${unit.descriptors}
LimitNOFILE=524288
# Log lines hold no keys; the audit log is in the state directory.
StandardOutput=journal
StandardError=journal

${ownerLines(target).join('\n')}
StateDirectory=${name}
StateDirectoryMode=0700
UMask=0077

${capabilityLines(target).join('\n')}
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
LockPersonality=yes
RemoveIPC=yes
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
# ${unit.sockets}; netlink is how addresses of this machine are asked for.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
# @pkey: with it the compiler keeps its code from being written while it runs.
SystemCallFilter=@system-service @pkey
SystemCallFilter=~@privileged
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute is not for Node: its compiler writes code and runs it.

[Install]
WantedBy=multi-user.target
`;
}

/** What takes no privileges of the user's own manager. */
function userUnit(target: InstallTarget, dataDir: string): string {
  const { program, name } = target;
  return `# ${markOf(program)}: a ${program.command} of Hybridge as a service of one user.
# Changes of your own: systemctl --user edit ${name}.

[Unit]
Description=${program.title}
Documentation=${DOCUMENTATION}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${unitCommand(target, dataDir)}
ExecReload=/bin/kill -HUP $MAINPID
${ownLines(target)}KillMode=mixed
TimeoutStopSec=${stopSeconds(target)}
Restart=on-failure
RestartSec=2
RestartPreventExitStatus=2
UMask=0077
NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native

[Install]
WantedBy=default.target
`;
}

function ownLines(target: InstallTarget): string {
  return target.program.unit
    .lines(target)
    .map((line) => `${line}\n`)
    .join('');
}

function ownerLines({ runAs, group }: InstallTarget): readonly string[] {
  return [
    ...(runAs === undefined
      ? ['DynamicUser=yes']
      : ['# One that may read what the configuration names.', `User=${unitWord(runAs)}`]),
    ...(group === undefined
      ? []
      : ['# May read what the configuration names.', `SupplementaryGroups=${unitWord(group)}`]),
  ];
}

function capabilityLines({ hasLowPort }: InstallTarget): readonly string[] {
  if (!hasLowPort) return ['CapabilityBoundingSet='];
  const capability = 'CAP_NET_BIND_SERVICE';
  return [
    '# It listens on a port below 1024.',
    `AmbientCapabilities=${capability}`,
    `CapabilityBoundingSet=${capability}`,
  ];
}

function unitCommand(target: InstallTarget, dataDir: string): string {
  const words = serviceArguments(target, dataDir).map((word) =>
    word === STATE_DIRECTORY ? word : unitWord(word),
  );
  return [unitWord(target.node), ...words].join(' ');
}

/** One word of a command, as systemd.syntax(7) and systemd.service(5) quote. */
export function unitWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[\w@%$+,./:=-]+$/.test(escaped)) return escaped;
  const quoted = escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
  // A line break would end the command, and begin another directive.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return `"${quoted.replace(/[\u0000-\u001f\u007f]/g, asEscape)}"`;
}

function asEscape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
