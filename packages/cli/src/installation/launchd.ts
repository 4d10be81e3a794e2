/**
 * A program as a job of launchd, on macOS.
 *
 * Source: launchd.plist(5), launchctl(1). The property lists are read as such in the tests; launchctl itself was not run.
 * @module
 */
import {
  type Installation,
  type InstallTarget,
  markOf,
  serviceArguments,
  steps,
  stopSeconds,
} from './installation.js';
import { xmlText } from './xml-text.js';

/** For the machine, or for one user. */
export function launchdInstallation(target: InstallTarget): Installation {
  const { program, name, isUser, home } = target;
  const library = isUser ? `${home}/Library` : '/Library';
  const path = `${library}/${isUser ? 'LaunchAgents' : 'LaunchDaemons'}/${name}.plist`;
  const dataDir = `${library}/Application Support/${name}`;
  const domain = isUser ? `gui/${process.getuid?.() ?? 501}` : 'system';
  const log = `${library}/Logs/${name}.log`;
  return {
    mark: markOf(program),
    service: { path, text: plist(target, { dataDir, log }) },
    dataDir,
    config: target.config ?? `${dataDir}/${program.configFile}`,
    enable: steps(['launchctl', 'enable', `${domain}/${name}`]),
    start: [{ command: ['launchctl', 'bootstrap', domain, path], mayFail: true }],
    restart: [
      { command: ['launchctl', 'bootout', `${domain}/${name}`], mayFail: true },
      { command: ['launchctl', 'bootstrap', domain, path] },
    ],
    disable: [{ command: ['launchctl', 'bootout', `${domain}/${name}`], mayFail: true }],
    afterwards: [],
    notes: [`how it is: launchctl print ${domain}/${name}; its log: ${log}`, program.note(target, dataDir)],
  };
}

function plist(
  target: InstallTarget,
  { dataDir, log }: { readonly dataDir: string; readonly log: string },
): string {
  const { program, name, node, runAs } = target;
  const words = [node, ...serviceArguments(target, dataDir)];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!-- ${markOf(program)}: a ${program.command} of Hybridge as a job of launchd. -->
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${xmlText(name)}</string>
  <key>ProgramArguments</key>
  <array>
${words.map((word) => `    <string>${xmlText(word)}</string>`).join('\n')}
  </array>
${runAs === undefined ? '' : `  <key>UserName</key>\n  <string>${xmlText(runAs)}</string>\n`}  <key>RunAtLoad</key>
  <true/>
  <!-- It is started again unless it ended in good order. -->
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>ThrottleInterval</key>
  <integer>10</integer>
  <!-- Longer than open connections have after SIGTERM. -->
  <key>ExitTimeOut</key>
  <integer>${stopSeconds(target)}</integer>
  <key>SoftResourceLimits</key>
  <dict>
    <key>NumberOfFiles</key>
    <integer>65536</integer>
  </dict>
  <!-- 077 -->
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardErrorPath</key>
  <string>${xmlText(log)}</string>
</dict>
</plist>
`;
}
