/**
 * A real OpenSSH server for one key of the current account.
 *
 * Source: sshd(8), sshd_config(5).
 * @module
 */
import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { findPrograms } from './programs.js';
import { accepts, freePort, ServerFolder, ServerProcess } from './server-process.js';
import { type Found, missing, type Programs, type RestartableService } from './service.js';

/** The programs that come with OpenSSH and that tests use. */
export type SshdProgram = 'sshd' | 'ssh-keygen';

/** A running OpenSSH. */
export interface SshdService extends RestartableService {
  readonly user: string;
  /** In OpenSSH's own format. */
  readonly privateKey: string;
}

/** Looks for OpenSSH on this machine. */
export function findSshd(): Found<SshdProgram> {
  const programs = findPrograms(['sshd', 'ssh-keygen']);
  return programs === undefined ? missing('OpenSSH', 'openssh-server') : { programs };
}

/** Starts one. It runs as the current account, and lets nobody else in. */
export async function startSshd(programs: Programs<SshdProgram>): Promise<SshdService> {
  // As root it gives up its rights in a folder of its own, which the service manager makes when there is one.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const folder = new ServerFolder('sshd', {});
  const key = async (name: string) => {
    await folder.run(programs['ssh-keygen'], [
      '-q',
      '-t',
      'ed25519',
      '-N',
      '',
      '-f',
      `${folder.path}/${name}`,
    ]);
  };
  await key('host');
  await key('client');
  const port = await freePort();
  const config = folder.write(
    'sshd_config',
    [
      ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${folder.path}/host`, 'PidFile none'],
      ...[`AuthorizedKeysFile ${folder.path}/client.pub`, 'StrictModes no', 'UsePAM no'],
      ...[
        'PasswordAuthentication no',
        'PermitRootLogin prohibit-password',
        'MaxStartups 100',
        'MaxSessions 100',
        '',
      ],
    ].join('\n'),
  );
  const start = async () => {
    const server = new ServerProcess(folder, programs.sshd, ['-D', '-e', '-f', config]);
    await server.ready(() => accepts(port, { speaks: true }));
    return server;
  };
  let server = await start();
  return {
    ...{ host: '127.0.0.1', port, user: userInfo().username, privateKey: folder.read('client') },
    async restart() {
      server.killChildren(); // who is logged in would stay
      await server.stop('SIGTERM');
      server = await start();
    },
    async stop() {
      server.killChildren();
      await server.stop('SIGTERM');
      folder.remove();
    },
  };
}
