/**
 * A manager as a unit of systemd.
 *
 * For the machine it runs as a user of its own that owns nothing but its state; everything that it does not need is closed, as in the unit of
 * the relay. For a user it runs in that user's own manager, where most of that is not to be had.
 *
 * Source: systemd.exec(5), systemd.service(5) and systemd.unit(5) of systemd 252.
 * @module
 */
import { join } from 'node:path';
import {
  DEFAULT_NAME,
  type Installation,
  type InstallTarget,
  MARK,
  managerArguments,
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
  const { name, runAs } = target;
  const path = `/etc/systemd/system/${name}.service`;
  const dataDir = `/var/lib/${name}`;
  return {
    service: { path, text: machineUnit(target) },
    dataDir,
    ...(runAs === undefined && { privateDataDir: `/var/lib/private/${name}` }),
    config: target.config ?? join(dataDir, 'manager.yaml'),
    enable: steps(['systemctl', 'daemon-reload'], ['systemctl', 'enable', name]),
    start: steps(['systemctl', 'start', name]),
    restart: steps(['systemctl', 'restart', name]),
    disable: steps(['systemctl', 'disable', '--now', name]),
    afterwards: steps(['systemctl', 'daemon-reload']),
    needs: SYSTEMD_RUNS,
    notes: [
      `how it is: systemctl status ${name}; its log: journalctl -u ${name} -f`,
      `what it holds: hybridge manager list${name === DEFAULT_NAME ? '' : ` --socket ${socketOf(name, '/run')}`}`,
    ],
  };
}

function forUser(target: InstallTarget): Installation {
  const { name, home, env } = target;
  const units = join(env.XDG_CONFIG_HOME?.trim() || join(home, '.config'), 'systemd', 'user');
  const dataDir = join(env.XDG_STATE_HOME?.trim() || join(home, '.local', 'state'), name);
  return {
    service: { path: join(units, `${name}.service`), text: userUnit(target, dataDir) },
    dataDir,
    config: target.config ?? join(dataDir, 'manager.yaml'),
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
  const { name, runAs } = target;
  const owner =
    runAs === undefined
      ? 'DynamicUser=yes'
      : `# One that may read what the configuration names.\nUser=${unitWord(runAs)}`;
  return `# ${MARK}: a manager of Hybridge as a service of systemd.
# Changes of your own: systemctl edit ${name}.
#
#   /var/lib/${name}/    what the manager keeps, for its own user only: manager.yaml, its audit log

[Unit]
Description=Hybridge hybrid connection manager
Documentation=${DOCUMENTATION}
Wants=network-online.target
After=network-online.target
# It is started again however often it ends.
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${unitCommand(target, STATE_DIRECTORY)}
# Configuration and policy are read again; they are when they change, too.
ExecReload=/bin/kill -HUP $MAINPID
# Where hybridge manager list, add, test and the like find it.
Environment=HYBRIDGE_MANAGER_SOCKET=${socketOf(name, '%t')}

# SIGTERM goes to the manager, which takes nothing new and gives open connections their time: longer than --grace-ms.
KillMode=mixed
TimeoutStopSec=${stopSeconds(target)}
Restart=on-failure
RestartSec=2
# Wrong configuration, or wrong options: trying again does not help.
RestartPreventExitStatus=2

# Two for each tunnel.
LimitNOFILE=524288
# Log lines hold no keys; the audit log is in the state directory.
StandardOutput=journal
StandardError=journal

${owner}
StateDirectory=${name}
StateDirectoryMode=0700
RuntimeDirectory=${runtimeName(name)}
UMask=0077

CapabilityBoundingSet=
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
# Unix sockets: the control socket, syslog; netlink is how addresses of this machine are asked for.
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
  const { name } = target;
  return `# ${MARK}: a manager of Hybridge as a service of one user.
# Changes of your own: systemctl --user edit ${name}.

[Unit]
Description=Hybridge hybrid connection manager
Documentation=${DOCUMENTATION}
StartLimitIntervalSec=0

[Service]
Type=exec
ExecStart=${unitCommand(target, dataDir)}
ExecReload=/bin/kill -HUP $MAINPID
Environment=HYBRIDGE_MANAGER_SOCKET=${socketOf(name, '%t')}
RuntimeDirectory=${runtimeName(name)}
RuntimeDirectoryMode=0700
KillMode=mixed
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

/** Of each unit its own: systemd takes it away when the unit stops. The first one has the place where commands look. */
function runtimeName(name: string): string {
  return name === DEFAULT_NAME ? 'hybridge' : name;
}

function socketOf(name: string, runtime: string): string {
  return `${runtime}/${runtimeName(name)}/manager.sock`;
}

function unitCommand(target: InstallTarget, dataDir: string): string {
  const words = managerArguments(target, dataDir).map((word) =>
    word === STATE_DIRECTORY ? word : unitWord(word),
  );
  return [unitWord(target.node), ...words].join(' ');
}

/** One word of a command, as systemd.syntax(7) and systemd.service(5) quote. */
export function unitWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$');
  if (/^[\w@%$+,./:=-]+$/.test(escaped)) return escaped;
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
