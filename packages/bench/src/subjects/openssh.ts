/**
 * OpenSSH: `ssh -L` from the application's side, `ssh -R` from the target's, and one sshd in the middle, with keys and a
 * configuration of their own and whatever cipher they agree on by default. All connections are channels of one.
 *
 * Source: sshd_config(5), ssh_config(5).
 * @module
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { freePort } from '@hybridge/conformance';
import { atExit } from '../at-exit.js';
import { findProgram, outputOf, Program } from '../program.js';
import { Scratch } from '../scratch.js';
import type { Presence, Route, Subject, Way } from './subject.js';

/** Where sshd, started by root, wants an empty folder; Debian's path, made by the service's start script. */
const PRIVILEGE_SEPARATION = '/run/sshd';

/** Two clients and a server. */
export const openssh: Subject = {
  id: 'openssh',
  name: 'OpenSSH -L + -R',
  about: '`ssh -L` → `sshd` ← `ssh -R`, default cipher; all connections share the one of each client',
  encrypted: true,
  ours: false,
  stretches: true,
  find,
  start,
};

async function find(): Promise<Presence> {
  if (findProgram('ssh') === undefined) return { absent: 'install openssh-client' };
  if (findProgram('sshd') === undefined) return { absent: 'install openssh-server' };
  const output = await outputOf('ssh', ['-V']);
  return { version: /OpenSSH_([^\s,]+)/.exec(output)?.[1] ?? 'unknown' };
}

async function start({ targetPort, innerLeg = async (port) => port }: Route): Promise<Way> {
  const scratch = new Scratch();
  const programs: Program[] = [];
  const removeFolder = makePrivilegeSeparationFolder();
  const stop = async () => {
    for (const program of programs) await program.stop();
    scratch.remove();
    removeFolder();
  };
  const run = (name: string, args: readonly string[]) => {
    const program = new Program(findProgram(name)!, args);
    programs.unshift(program);
    return program;
  };
  try {
    const hostKey = await makeKey(scratch, 'host');
    const userKey = await makeKey(scratch, 'user');
    const [port, between, entrance] = [await freePort(), await freePort(), await freePort()];
    const server = run('sshd', ['-D', '-e', '-f', serverConfig(scratch, port, hostKey, userKey)]);
    await server.listening(port);

    const client = async (...forward: string[]) =>
      run('ssh', [
        ...clientOptions(scratch, hostKey, userKey),
        '-p',
        String(await innerLeg(port)),
        ...forward,
        '127.0.0.1',
      ]);
    const last = await client('-R', `127.0.0.1:${between}:127.0.0.1:${targetPort}`);
    await last.listening(between);
    const first = await client('-L', `127.0.0.1:${entrance}:127.0.0.1:${between}`);
    await first.listening(entrance);
    // The server's own process, and the one that it forked for each client.
    return { port: entrance, hops: [first.pids, server.pids, last.pids], stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @returns what removes the folder again, if it was not there before. */
function makePrivilegeSeparationFolder(): () => void {
  if (process.getuid?.() !== 0 || existsSync(PRIVILEGE_SEPARATION)) return () => undefined;
  mkdirSync(PRIVILEGE_SEPARATION, { mode: 0o755 });
  const remove = () => rmdirSync(PRIVILEGE_SEPARATION);
  const mayStay = atExit(remove);
  return () => {
    mayStay();
    remove();
  };
}

async function makeKey(scratch: Scratch, name: string): Promise<string> {
  const path = `${scratch.path}/${name}-key`;
  const output = await outputOf('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
  if (!existsSync(path)) throw new Error(`ssh-keygen made no key: ${output}`);
  return path;
}

function serverConfig(scratch: Scratch, port: number, hostKey: string, userKey: string): string {
  const authorized = scratch.write('authorized_keys', readFileSync(`${userKey}.pub`, 'utf8'));
  return scratch.write(
    'sshd_config',
    `ListenAddress 127.0.0.1:${port}
HostKey ${hostKey}
AuthorizedKeysFile ${authorized}
PidFile none
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
AllowTcpForwarding yes
LogLevel ERROR
`,
  );
}

function clientOptions(scratch: Scratch, hostKey: string, userKey: string): string[] {
  const known = scratch.write('known_hosts', `bench ${readFileSync(`${hostKey}.pub`, 'utf8')}`);
  const options = {
    UserKnownHostsFile: known,
    GlobalKnownHostsFile: '/dev/null',
    HostKeyAlias: 'bench',
    StrictHostKeyChecking: 'yes',
    IdentitiesOnly: 'yes',
    IdentityFile: userKey,
    ExitOnForwardFailure: 'yes',
    ControlPath: 'none',
    User: userInfo().username,
    LogLevel: 'ERROR',
  };
  return [
    '-F',
    'none',
    '-N',
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
}
