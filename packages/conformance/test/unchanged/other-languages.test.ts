/**
 * Programs in other languages, not one of which knows of Hybridge: each reaches its service by its private name, in
 * `hybridge run` and through the fronts of `hybridge up`. Where TLS is spoken it is verified against that name.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { serverCertificate } from '../../src/certificates.js';
import { type CommandEnd, hybridge } from '../../src/command.js';
import { PrivateNetwork, type PrivateService } from '../../src/private-network.js';
import { HybridgeProcess, requireBuild } from '../../src/processes.js';
import {
  findCurl,
  findJava,
  findMariadbClient,
  findPhp,
  findPsql,
  findPython,
} from '../../src/services/clients.js';
import { findMariadb, startMariadb } from '../../src/services/mariadb.js';
import { hasPrivateNames, runOptions } from '../../src/services/namespaces.js';
import { findPostgres, startPostgres } from '../../src/services/postgres.js';
import { freePort } from '../../src/services/server-process.js';
import type { Service } from '../../src/services/service.js';

requireBuild();
const postgres = findPostgres();
const mariadb = findMariadb();
const [psql, mariadbClient, curl, php, java, python] = [
  findPsql(),
  findMariadbClient(),
  findCurl(),
  findPhp(),
  findJava(),
  findPython(),
];

/** In the certificates of the database servers of the tests. */
const DATABASE = 'db.test';
const INTRANET = 'intranet.corp.example';
const PHP = fileURLToPath(new URL('../../../../examples/php/app.php', import.meta.url));
const JAVA = fileURLToPath(new URL('../../../../examples/java/App.java', import.meta.url));
const PYTHON = fileURLToPath(new URL('programs/app.py', import.meta.url));

let network: PrivateNetwork;
const services: PrivateService[] = [];
const running: { stop(): Promise<unknown> }[] = [];
/** What the programs are configured with: names, never addresses. */
const settings: Record<string, string> = {};
const ports = { postgres: 0, mariadb: 0, http: 0, https: 0 };

beforeAll(async () => {
  for (const name of ['postgres', 'mariadb', 'http', 'https'] as const) ports[name] = await freePort();
  await serveDatabase('postgres', postgres.programs && (() => startPostgres(postgres.programs)));
  await serveDatabase('mariadb', mariadb.programs && (() => startMariadb(mariadb.programs)));
  const { ca, cert, key } = await serverCertificate([INTRANET]);
  const page = (_: unknown, response: { end(text: string): void }) => response.end('the intranet\n');
  await serveHttp('http', createHttpServer(page));
  await serveHttp('https', createHttpsServer({ cert, key }, page));
  network = await PrivateNetwork.open(services);
  settings.HTTP_CA = network.write('http-ca.pem', ca);
  settings.HTTP_URL = `http://${INTRANET}:${ports.http}/`;
  settings.HTTPS_URL = `https://${INTRANET}:${ports.https}/`;
  settings.CONFIG = network.write('app.json', network.settings(services));
  for (const [name, text] of Object.entries(authorities))
    settings[`${name}_CA`] = network.write(`${name}.pem`, text);
  settings.DB_CA = settings.mariadb_CA ?? '';
});
afterAll(async () => {
  await network?.close();
  for (const each of running) await each.stop();
});

const authorities: Record<string, string> = {};

async function serveDatabase(name: 'postgres' | 'mariadb', start: (() => Promise<Service>) | undefined) {
  if (start === undefined) return;
  const service = await start();
  running.push(service);
  services.push({ name, endpoint: `${DATABASE}:${ports[name]}`, address: `${service.host}:${service.port}` });
  authorities[name] = service.ca ?? '';
  if (name === 'postgres') {
    Object.assign(settings, {
      PGUSER: service.user,
      PGPASSWORD: service.password,
      PGDATABASE: service.database,
    });
  } else {
    Object.assign(settings, {
      ...{ DB_HOST: DATABASE, DB_PORT: String(ports.mariadb), DB_NAME: service.database },
      ...{ DB_USER: service.user, DB_PASSWORD: service.password },
    });
  }
}

async function serveHttp(name: 'http' | 'https', server: Server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  running.push({ stop: async () => server.close() });
  const { port } = server.address() as AddressInfo;
  services.push({ name, endpoint: `${INTRANET}:${ports[name]}`, address: `127.0.0.1:${port}` });
}

const QUIET = ['--log-level', 'warn', ...(runOptions ?? [])];

/** Runs a program in `hybridge run`, with the settings in its environment. */
function run(program: string, args: readonly string[], input?: string): Promise<CommandEnd> {
  return hybridge(['run', ...QUIET, '--config', settings.CONFIG!, '--', program, ...args], {
    env: settings,
    ...(input !== undefined && { input }),
  });
}

const psqlArguments = () => [
  `host=${DATABASE} port=${ports.postgres} sslmode=verify-full sslrootcert=${settings.postgres_CA}`,
  ...['--no-psqlrc', '--tuples-only', '--no-align'],
];
const mariadbArguments = () => [
  ...['--no-defaults', `--host=${DATABASE}`, `--port=${ports.mariadb}`, '--protocol=tcp', '--batch'],
  ...[`--user=${settings.DB_USER}`, `--password=${settings.DB_PASSWORD}`, settings.DB_NAME!],
  ...[`--ssl-ca=${settings.DB_CA}`, '--ssl-verify-server-cert', '--skip-column-names'],
];
const curlArguments = (url: string) => ['--silent', '--show-error', '--cacert', settings.HTTP_CA!, url];

describe.skipIf(runOptions === undefined)('in hybridge run, by its private name', () => {
  it.skipIf(psql.missing || postgres.missing)('psql reads PostgreSQL, with TLS verified', async () => {
    const query =
      "select current_user, ssl, repeat('x', 3000000) from pg_stat_ssl where pid = pg_backend_pid()";
    const { code, stdout, stderr } = await run(psql.programs!.psql, [...psqlArguments(), '--command', query]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.slice(0, 8)).toBe('app|t|xx');
    expect(stdout.length).toBe('app|t|\n'.length + 3_000_000);
  });

  it.skipIf(psql.missing || postgres.missing)('psql reads what is typed', async () => {
    const { stdout } = await run(psql.programs!.psql, psqlArguments(), 'select 6 * 7;\n');
    expect(stdout).toBe('42\n');
  });

  it.skipIf(mariadbClient.missing || mariadb.missing)("MariaDB's client, with TLS verified", async () => {
    const query = "show status like 'Ssl_version'; select repeat('x', 3000000);";
    const { code, stdout, stderr } = await run(mariadbClient.programs!.mariadb, mariadbArguments(), query);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Ssl_version\tTLSv1\.3\nx{3000000}\n$/);
  });

  it.skipIf(php.missing || mariadb.missing)('PHP by PDO, with TLS verified', async () => {
    const { code, stdout, stderr } = await run(php.programs!.php, [PHP]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Ada, Grace at db\.test:\d+ by TLS_AES/);
  });

  it.skipIf(java.missing || mariadb.missing)(
    'Java by JDBC, with TLS verified',
    { timeout: 60_000 },
    async () => {
      const { code, stdout } = await run(java.programs!.java, ['-cp', java.driver, JAVA]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^Ada, Grace at db\.test:\d+ by TLS_AES/);
    },
  );

  it.skipIf(python.missing || mariadb.missing)('Python, a database and HTTPS, both verified', async () => {
    const { code, stdout, stderr } = await run(python.programs!.python3, [PYTHON]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe('3000000 200 the intranet\n');
  });

  it.skipIf(curl.missing).each(['HTTP_URL', 'HTTPS_URL'])('curl: %s', async (url) => {
    const { code, stdout, stderr } = await run(curl.programs!.curl, curlArguments(settings[url]!));
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'the intranet\n', stderr: '' });
  });

  it.skipIf(curl.missing)('a certificate for another name is no good', async () => {
    const https = services.find(({ name }) => name === 'https')!;
    const other = { ...https, endpoint: `other.corp.example:${ports.https}` };
    const config = network.write('other.json', network.settings([other]));
    const { code, stderr } = await hybridge([
      ...['run', ...QUIET, '--config', config, '--', curl.programs!.curl],
      ...curlArguments(`https://${other.endpoint}/`),
    ]);
    expect(code).toBe(60); // curl(1): the certificate cannot be verified
    expect(stderr).toContain('SSL');
  });
});

describe('through hybridge up', () => {
  const up = async (...args: readonly string[]) => {
    const fronts = ['--dns', '0', '--socks', '0', '--connect', '0'];
    const process = await HybridgeProcess.start('up', ['--config', settings.CONFIG!, ...fronts, ...args]);
    onTestFinished(async () => void (await process.end()));
    return process;
  };
  const curlBy = async (args: readonly string[], url: string) => {
    const { execFile } = await import('node:child_process');
    return new Promise<string>((resolve) => {
      execFile(curl.programs!.curl, [...curlArguments(url), ...args], (error, stdout, stderr) =>
        resolve(error === null ? stdout : stderr),
      );
    });
  };

  it.skipIf(curl.missing)('curl by SOCKS, by CONNECT, and by the virtual address of the name', async () => {
    const { ready } = await up();
    const endpoints = ready.endpoints as { name: string; port: number; address: string }[];
    const { address } = endpoints.find(({ name }) => name === INTRANET)!;
    const socks = ['--proxy', `socks5h://${ready.socks}`];
    for (const url of [settings.HTTP_URL!, settings.HTTPS_URL!]) {
      expect(await curlBy(socks, url)).toBe('the intranet\n');
      expect(await curlBy(['--proxytunnel', '--proxy', `http://${ready.connect}`], url)).toBe(
        'the intranet\n',
      );
      const { port } = new URL(url);
      expect(await curlBy(['--resolve', `${INTRANET}:${port}:${address}`], url)).toBe('the intranet\n');
    }
    expect(await curlBy(socks, 'http://127.0.0.1:1/')).toMatch(/SOCKS5|not allowed/i);
  });

  it.skipIf(java.missing || mariadb.missing)(
    'Java by SOCKS, JDBC with TLS verified',
    { timeout: 60_000 },
    async () => {
      const { ready } = await up();
      const [host, port] = String(ready.socks).split(':');
      const args = [`-DsocksProxyHost=${host}`, `-DsocksProxyPort=${port}`, '-cp', java.driver, JAVA];
      const app = spawn(java.programs!.java, args, {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, ...settings },
      });
      expect(await text(app.stdout)).toMatch(/^Ada, Grace at db\.test:\d+ by TLS_AES/);
    },
  );

  it('programs that ask its DNS server are given the virtual addresses', async () => {
    const { ready } = await up();
    const { Resolver } = await import('node:dns/promises');
    const resolver = new Resolver();
    resolver.setServers([String(ready.dns)]);
    const endpoints = ready.endpoints as { name: string; address: string }[];
    const { address } = endpoints.find(({ name }) => name === INTRANET)!;
    expect(await resolver.resolve4(INTRANET)).toEqual([address]);
  });
});

describe.skipIf(!hasPrivateNames || mariadb.missing)('the example', () => {
  it.skipIf(php.missing)('php runs', { timeout: 60_000 }, () => runsExample('php'));
  it.skipIf(java.missing)('java runs', { timeout: 60_000 }, () => runsExample('java'));
});

async function runsExample(name: string): Promise<void> {
  const path = fileURLToPath(new URL(`../../../../examples/${name}/index.js`, import.meta.url));
  const example = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'ignore'] });
  expect(await text(example.stdout)).toContain('Ada, Grace at db.corp.example:3306');
  expect(example.exitCode ?? (await once(example, 'exit'))[0]).toBe(0);
}
