/**
 * A program as a service of Windows, by WinSW: a program of others that runs any program as a service.
 *
 * Node cannot be a service itself, and `sc.exe` wants a program that can. Here is WinSW's configuration; the program has to be put
 * beside it. Not run in the tests of this project.
 *
 * Source: the XML configuration reference of WinSW 2.
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

/** For the machine. */
export function winswInstallation(target: InstallTarget): Installation {
  const { program: what, name, env } = target;
  const dataDir = `${env.ProgramData ?? 'C:\\ProgramData'}\\Hybridge\\${name}`;
  const program = `${dataDir}\\${name}.exe`;
  return {
    mark: markOf(what),
    service: { path: `${dataDir}\\${name}.xml`, text: configuration(target, dataDir) },
    dataDir,
    config: target.config ?? `${dataDir}\\${what.configFile}`,
    enable: [{ command: [program, 'install'], mayFail: true }],
    start: [{ command: [program, 'start'], mayFail: true }],
    restart: steps([program, 'restart']),
    disable: [{ command: [program, 'stop'], mayFail: true }, { command: [program, 'uninstall'] }],
    afterwards: [],
    needs: program,
    notes: [
      `put WinSW (https://github.com/winsw/winsw) there as ${program}, if it is not there yet`,
      `keep others from ${dataDir}: icacls "${dataDir}" /inheritance:r /grant:r *S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F`,
    ],
  };
}

function configuration(target: InstallTarget, dataDir: string): string {
  const { program, name, node } = target;
  const words = serviceArguments(target, dataDir).map((word) => (/[\s"]/.test(word) ? `"${word}"` : word));
  return `<!-- ${markOf(program)}: a ${program.command} of Hybridge as a service of Windows. -->
<service>
  <id>${xmlText(name)}</id>
  <name>${program.title} (${xmlText(name)})</name>
  <description>${program.purpose}</description>
  <executable>${xmlText(node)}</executable>
  <arguments>${xmlText(words.join(' '))}</arguments>
  <startmode>Automatic</startmode>
  <onfailure action="restart" delay="10 sec"/>
  <!-- Ctrl-C first; longer than open connections have then. -->
  <stoptimeout>${stopSeconds(target)} sec</stoptimeout>
  <log mode="roll"/>
</service>
`;
}
