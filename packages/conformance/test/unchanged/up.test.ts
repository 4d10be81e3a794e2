/** `hybridge up`: what every program of the machine finds while it runs, and not afterwards. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { COMMAND, hybridge } from '../../src/command.js';
import { until } from '../../src/deadline.js';
import { PrivateNetwork, type PrivateService } from '../../src/private-network.js';
import { HybridgeProcess, requireBuild } from '../../src/processes.js';
import { hasPrivateNames } from '../../src/services/namespaces.js';
import { freePort } from '../../src/services/server-process.js';

requireBuild();

const LOCALHOST = '127.0.0.1 localhost\n';
const target = createServer((socket) => socket.on('error', () => undefined).end('hello\n'));
let network: PrivateNetwork;
const services: PrivateService[] = [];
/** In place of the machine's own. */
let hosts: string;

beforeAll(async () => {
  target.listen(0, '127.0.0.1');
  await once(target, 'listening');
  const address = `127.0.0.1:${(target.address() as { port: number }).port}`;
  for (const name of ['one', 'two']) {
    services.push({ name, endpoint: `${name}.corp.example:${await freePort()}`, address });
  }
  network = await PrivateNetwork.open(services);
});
afterAll(async () => {
  await network?.close();
  target.close();
});
beforeEach(() => {
  hosts = network.write('hosts', LOCALHOST);
});

const configOf = (name: string, of: readonly PrivateService[]) => network.write(name, network.settings(of));
const FRONTS = ['--dns', '0', '--socks', '0', '--connect', '0'];

async function up(config: string, ...args: readonly string[]): Promise<HybridgeProcess> {
  const up = await HybridgeProcess.start('up', ['--config', config, ...FRONTS, ...args]);
  onTestFinished(async () => void (await up.end('SIGKILL')));
  return up;
}

interface Endpoint {
  readonly name: string;
  readonly port: number;
  readonly address: string;
}
const endpointsOf = ({ ready }: HybridgeProcess) => ready.endpoints as Endpoint[];
const readHosts = () => readFileSync(hosts, 'utf8');

describe('hybridge up', () => {
  it('says where everything is, and leads there', async () => {
    const started = await up(configOf('both.json', services));
    expect(started.ready).toMatchObject({
      dns: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      socks: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      connect: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    const [{ address, port }] = endpointsOf(started) as [Endpoint];
    expect(address).toMatch(/^127\.77\./);
    expect(await text(connect(port, address))).toBe('hello\n');
    expect(await started.end()).toBe(0);
  });

  it('says that an IP address is for the proxies alone', async () => {
    const address = { ...services[0]!, endpoint: '10.9.8.7:1433' };
    const started = await up(configOf('address.json', [address]));
    expect(started.ready).toMatchObject({ endpoints: [] });
    expect(started.output).toMatch(/warn .*only by the proxies, being an IP address: 10\.9\.8\.7:1433/);
  });

  it('has no front that is not wanted', async () => {
    const started = await up(configOf('both.json', services), '--no-dns', '--no-socks', '--no-connect');
    expect(Object.keys(started.ready)).toEqual(['endpoints']);
  });

  it.each([
    ['--dns', '0.0.0.0:53'],
    ['--socks', '192.0.2.1:1080'],
    ['--connect', '0.0.0.0:3128'],
  ])('is for this machine alone: %s %s is wrong usage', async (option, address) => {
    const { code, stderr } = await hybridge([
      'up',
      '--config',
      configOf('a.json', services),
      option,
      address,
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${option} takes an address of this machine alone`);
  });

  it('ends with 1 when the port of a front is taken, and says which', async () => {
    const first = await up(configOf('both.json', services));
    const { code, stderr } = await hybridge([
      ...['up', '--config', configOf('none.json', services.slice(1)), '--dns', '0', '--connect', '0'],
      ...['--socks', String(first.ready.socks), '--log-level', 'error'],
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/for SOCKS \(EADDRINUSE\): another program has that port/);
  });
});

describe('its hosts file', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'has the names, and is as before after %s',
    async (signal) => {
      const started = await up(configOf('both.json', services), '--hosts', hosts);
      for (const { name, address } of endpointsOf(started)) {
        expect(readHosts()).toContain(`${address} ${name}\n`);
      }
      expect(await started.end(signal)).toBe(0);
      expect(readHosts()).toBe(LOCALHOST);
    },
  );

  it('follows the configuration', async () => {
    const config = configOf('follow.json', services.slice(0, 1));
    await up(config, '--hosts', hosts);
    expect(readHosts()).not.toContain('two.corp.example');
    writeFileSync(config, JSON.stringify(network.settings(services.slice(1))));
    await until(() => readHosts().includes('two.corp.example'), 10_000, 'the other name');
    expect(readHosts()).not.toContain('one.corp.example');
  });

  it('is shared by two, each of whom takes out its own', async () => {
    const first = await up(configOf('one.json', services.slice(0, 1)), '--hosts', hosts);
    const second = await up(configOf('two.json', services.slice(1)), '--hosts', hosts);
    expect(readHosts()).toMatch(/two\.corp\.example[\s\S]*one\.corp\.example/);
    await first.end();
    expect(readHosts()).not.toContain('one.corp.example');
    expect(readHosts()).toContain('two.corp.example');
    await second.end();
    expect(readHosts()).toBe(LOCALHOST);
  });

  it.skipIf(!hasPrivateNames || process.getuid?.() !== 0)(
    'is written in place where it is a mount',
    async () => {
      const gone = spawnSync('true').pid;
      const block = [
        `# BEGIN hybridge pid=${gone} start=unknown`,
        '127.77.1.2 x',
        `# END hybridge pid=${gone} start=unknown`,
      ];
      writeFileSync(hosts, `${block.join('\n')}\n${LOCALHOST}`);
      const { ino } = statSync(hosts);
      const script = 'mount -o bind "$0" "$0" && exec "$@"';
      const clean = [process.execPath, COMMAND, 'hosts', 'clean', '--file', hosts];
      const { stdout } = spawnSync('unshare', ['-m', 'sh', '-c', script, hosts, ...clean], {
        encoding: 'utf8',
      });
      expect(stdout).toContain(`took out the names of process ${gone}`);
      expect(readHosts()).toBe(LOCALHOST);
      expect(statSync(hosts).ino).toBe(ino);
    },
  );

  it('is cleaned after a crash by the next one, or by hand', async () => {
    const crash = async () => {
      const started = await up(configOf('one.json', services.slice(0, 1)), '--hosts', hosts);
      await started.end('SIGKILL');
      expect(readHosts()).toContain('one.corp.example');
      return started.pid;
    };
    await crash();
    const next = await up(configOf('two.json', services.slice(1)), '--hosts', hosts);
    expect(readHosts()).not.toContain('one.corp.example');
    await next.end();

    const pid = await crash();
    const { code, stdout } = await hybridge(['hosts', 'clean', '--file', hosts]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${hosts}: took out the names of process ${pid}\n` });
    expect(readHosts()).toBe(LOCALHOST);
    expect((await hybridge(['hosts', 'clean', '--file', hosts])).stdout).toBe(
      `${hosts} has nothing to clean\n`,
    );
  });
});

describe.skipIf(!hasPrivateNames || process.getuid?.() !== 0)('its DNS server', () => {
  it('is asked by the C library, which asks the next server for other names', async () => {
    // Port 53 of two addresses that nobody else has.
    await up(configOf('one.json', services.slice(0, 1)), '--dns', '127.78.53.1:53');
    await up(configOf('two.json', services.slice(1)), '--dns', '127.78.53.2:53');
    const resolver = network.write('resolv.conf', 'nameserver 127.78.53.1\nnameserver 127.78.53.2\n');
    const getent = (...args: readonly string[]) => {
      const script = 'mount -o bind "$0" /etc/resolv.conf && exec getent "$@"';
      return spawnSync('unshare', ['-m', 'sh', '-c', script, resolver, ...args], { encoding: 'utf8' }).stdout;
    };
    for (const name of ['one.corp.example', 'two.corp.example']) {
      const [address = ''] = getent('ahosts', name).split(' ');
      expect(address).toMatch(/^127\.77\.\d+\.\d+$/);
      expect(getent('hosts', address)).toMatch(new RegExp(`^${address} +${name}\n$`));
    }
  });
});

describe('hybridge hosts', () => {
  it.each([
    ['hosts', /^127\.77\.\d+\.\d+ one\.corp\.example\n$/],
    [
      'dnsmasq',
      /^server=\/one\.corp\.example\/127\.0\.0\.1#5300\nserver=\/[\d.]+\.77\.127\.in-addr\.arpa\/127/,
    ],
    [
      'systemd-resolved',
      /^\[Resolve\]\nDNS=127\.0\.0\.1:5300\nDomains=~one\.corp\.example ~[\d.]+\.in-addr\.arpa\n$/,
    ],
    ['macos', /resolver\/one\.corp\.example\n.*resolver\/[\d.]+\.in-addr\.arpa\n$/],
    ['windows', /^Add-DnsClientNrptRule .*'one\.corp\.example'/],
  ])('words the settings of %s', async (resolver, settings) => {
    const config = configOf('one.json', services.slice(0, 1));
    const { code, stdout } = await hybridge(['hosts', '--config', config, '--for', resolver]);
    expect(code).toBe(0);
    expect(stdout).toMatch(settings);
  });
});
