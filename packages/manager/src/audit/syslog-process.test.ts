import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SyslogProcess, type SyslogProcessOptions } from './syslog-process.js';

const LOGGER = '/usr/bin/logger';
const isRequired = process.env.HYBRIDGE_REQUIRE_SERVICES === '1';
const isReal =
  existsSync(LOGGER) && execFileSync(LOGGER, ['--version'], { encoding: 'utf8' }).includes('util-linux');
if (!isReal) console.warn('skipped: the logger of util-linux (it is in the package bsdutils)');

/** A program that stands for `logger`. @param script - sh; $DIR is where it may write */
function fakeLogger(script: string) {
  const directory = mkdtempSync(join(tmpdir(), 'fake-logger-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const command = join(directory, 'logger');
  writeFileSync(command, `#!/bin/sh\nDIR=${directory}\n${script}\n`);
  chmodSync(command, 0o755);
  const read = (name: string) => {
    const path = join(directory, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  return { command, read };
}

function opened(options: Pick<SyslogProcessOptions, 'command'> & Partial<SyslogProcessOptions>) {
  const problems: string[] = [];
  const log = new SyslogProcess({
    ...{ facility: 'authpriv', onProblem: (problem) => problems.push(problem), firstRetryMs: 1 },
    ...options,
  });
  onTestFinished(() => log.close());
  return { log, problems };
}

const UTIL_LINUX = 'if [ "$1" = --version ]; then echo "logger from util-linux 2.38"; exit; fi';
const OTHER = 'if [ "$1" = --version ]; then echo "usage: logger" >&2; exit 64; fi';

/** A real `logger` that writes to a port of ours. */
async function openedToUdp() {
  const server = createSocket('udp4');
  onTestFinished(() => void server.close());
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  const received: string[] = [];
  server.on('message', (message) => received.push(message.toString()));
  const args = ['--server', '127.0.0.1', '--port', String(server.address().port), '--udp', '--rfc5424'];
  return { ...opened({ command: LOGGER, args }), received };
}

describe('a writer to syslog', () => {
  it('gives each line its severity, where the logger takes that', async () => {
    const { command, read } = fakeLogger(
      `${UTIL_LINUX}\necho "$@" >$DIR/args; env >$DIR/env; cat >$DIR/lines`,
    );
    const { log, problems } = opened({ command });
    log.write('info', '{"operation":"a"}');
    log.write('warning', '{"operation":"b"}');
    await log.close();
    expect(read('lines')).toBe('<86>{"operation":"a"}\n<84>{"operation":"b"}\n');
    expect(read('args')).toContain(`-t hybridge-manager -p authpriv.info --prio-prefix`);
    expect({ lost: log.lost, problems }).toEqual({ lost: 0, problems: [] });
    // The manager's environment may have keys in it.
    expect(read('env')).not.toContain('VITEST');
  });

  it('gives all lines the same to any other logger', async () => {
    const { command, read } = fakeLogger(`${OTHER}\necho "$@" >$DIR/args; cat >$DIR/lines`);
    const { log } = opened({ command, facility: 'local3' });
    log.write('err', '{"operation":"a"}');
    await log.close();
    expect(read('lines')).toBe('{"operation":"a"}\n');
    expect(read('args')).toBe('-t hybridge-manager -p local3.info\n');
  });

  it('starts a logger again that ends, says so once, and goes on', async () => {
    const { command, read } = fakeLogger(`${UTIL_LINUX}\nhead -n 1 >>$DIR/lines`);
    const { log, problems } = opened({ command });
    let n = 0;
    await expect
      .poll(
        () => {
          log.write('info', `line ${n}`);
          n += 1;
          return read('lines').split('\n').length > 3;
        },
        { interval: 20 },
      )
      .toBe(true);
    expect(problems).toEqual([expect.stringContaining('does not get to syslog')]);
  }, 30_000);

  it('drops and counts what does not fit while the logger takes nothing, and says how much', async () => {
    const { command, read } = fakeLogger(
      `${UTIL_LINUX}\nwhile [ ! -e $DIR/go ]; do sleep 0.05; done\ncat >$DIR/lines`,
    );
    const { log } = opened({ command });
    for (let n = 0; n < 200; n += 1) log.write('info', 'x'.repeat(8_000));
    const { lost } = log;
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(100);
    writeFileSync(join(command, '../go'), '');
    await expect.poll(() => read('lines').length > 900_000).toBe(true);
    await expect
      .poll(() => {
        log.write('info', 'after');
        return read('lines').includes('records-lost');
      })
      .toBe(true);
    await log.close();
    expect(read('lines')).toMatch(
      new RegExp(`\\n<83>\\{.*"operation":"records-lost","lost":${lost}[,}].*\\n`),
    );
  }, 30_000);

  it('does without one that cannot be started', async () => {
    const { log, problems } = opened({ command: '/nowhere/logger' });
    log.write('info', 'x');
    await expect.poll(() => problems.length > 0).toBe(true);
    await log.close();
    expect(problems).toEqual([expect.stringContaining('/nowhere/logger')]);
  });

  it.skipIf(!isReal && !isRequired)('gets through a real logger as RFC 5424 has it', async () => {
    const { log, received } = await openedToUdp();
    const long = JSON.stringify({ operation: 'tunnel-ended', text: 'y'.repeat(3_000) });
    log.write('warning', '{"operation":"policy-violation","rule":"deny: \\"*:22\\""}');
    log.write('info', long);
    await log.close();
    await expect.poll(() => received.length === 2).toBe(true);
    expect(received[0]).toMatch(
      /^<84>1 \S+ \S+ hybridge-manager \d+ - .*\{"operation":"policy-violation","rule":"deny: \\"\*:22\\""\}$/,
    );
    expect(received[0]).toContain(` ${process.pid} `);
    expect(received[1]).toMatch(/^<86>1 /);
    expect(received[1]?.endsWith(long)).toBe(true);
  });

  it('lets no text go on as a line of its own', async () => {
    const { command, read } = fakeLogger(`${UTIL_LINUX}\ncat >$DIR/lines`);
    const { log } = opened({ command });
    log.write('info', `${'<80>forged é '.repeat(2_000)}`);
    log.write('info', 'after');
    await log.close();
    const [line = '', ...rest] = read('lines').split('\n');
    expect(Buffer.byteLength(line.replace('<86>', ''))).toBeLessThanOrEqual(8_192);
    expect(line).toMatch(/^<86><80>forged é .*…$/);
    expect(rest).toEqual(['<86>after', '']);
  });

  it.skipIf(!isReal && !isRequired)('lets none do so through a real logger', async () => {
    const { log, received } = await openedToUdp();
    log.write('info', '<80>forged'.repeat(2_000));
    log.write('info', 'after');
    await log.close();
    await expect.poll(() => received.some((each) => each.endsWith('after'))).toBe(true);
    expect(received.map((each) => each.slice(0, 5))).toEqual(['<86>1', '<86>1']);
  });
});
