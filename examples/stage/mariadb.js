/** A real MariaDB, of this machine's own `mariadbd`, in a temporary folder. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 60_000;

/**
 * @param sql - run before anybody connects, in the database `app`
 * @throws Error that says what to install where there is no MariaDB
 */
export async function mariadb(sql = '') {
  const programs = { server: program('mariadbd'), install: program('mariadb-install-db') };
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-mariadb-'));
  const account = serverAccount();
  const data = join(folder, 'data');
  const password = 'not-a-secret';
  const init = join(folder, 'init.sql');
  writeFileSync(
    init,
    `create database app; use app; ${sql.replaceAll('\n', ' ')}
     create user app@'%' identified by '${password}'; grant all on app.* to app@'%';`.replace(/;\s*/g, ';\n'),
  );
  for (const path of [folder, init]) {
    if (account.uid !== undefined) chownSync(path, account.uid, account.gid);
  }
  const common = ['--no-defaults', `--datadir=${data}`];
  execFileSync(programs.install, [...common, '--auth-root-authentication-method=normal', '--skip-test-db'], {
    ...account,
    stdio: 'ignore',
  });
  const port = await freePort();
  const server = spawn(
    programs.server,
    [
      ...[...common, `--port=${port}`, '--bind-address=127.0.0.1', '--skip-name-resolve'],
      ...[`--socket=${join(folder, 'socket')}`, `--pid-file=${join(folder, 'pid')}`, `--init-file=${init}`],
    ],
    { ...account, stdio: 'ignore' },
  );
  const stop = async () => {
    if (server.exitCode === null) {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const deadline = Date.now() + START_MS;
  while (!(await greets(port))) {
    if (server.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error('MariaDB did not start');
    }
    await sleep(50);
  }
  return { address: `127.0.0.1:${port}`, password, stop };
}

function program(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  const path = folders.map((folder) => join(folder, name)).find(existsSync);
  if (path === undefined) throw new Error('This needs MariaDB: install the Debian package mariadb-server');
  return path;
}

/** MariaDB does not run as root. */
function serverAccount() {
  if (process.getuid?.() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'mysql'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** A MariaDB that is ready speaks first. */
function greets(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const done = (answer) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', () => done(true));
    socket.once('error', () => done(false));
    socket.setTimeout(1_000, () => done(false));
  });
}
