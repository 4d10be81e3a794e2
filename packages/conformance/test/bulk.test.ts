import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireBuild, ThreeProcesses } from '../src/processes.js';
import { findPostgres, startPostgres } from '../src/services/postgres.js';
import { type Service, servicesRequired } from '../src/services/service.js';

const COPY_BYTES = 200_000_000;
const LINE_BYTES = 100;
const PGBENCH_SECONDS = servicesRequired ? 30 : 3;
/** Transactions a second. */
const RATE = '200';

const run = promisify(execFile);
requireBuild();
const postgres = findPostgres();

describe.skipIf(postgres.missing)('PostgreSQL behind three processes', () => {
  let folder: string | undefined;
  let service: Service;
  let three: ThreeProcesses;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hybridge-bulk-'));
    service = await startPostgres(postgres.programs!);
    three = await ThreeProcesses.start(service);
  });
  afterAll(async () => {
    await three?.stop();
    await service?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  /** Runs one of PostgreSQL's own programs against the forwarded port. */
  const client = (program: 'psql' | 'pgbench', args: readonly string[]) =>
    run(
      postgres.programs![program],
      ['-h', '127.0.0.1', '-p', String(three.port), '-U', service.user, ...args],
      {
        env: {
          ...process.env,
          PGPASSWORD: service.password,
          PGSSLMODE: 'disable',
          PGDATABASE: service.database,
        },
        maxBuffer: 10_000_000,
      },
    );

  it('takes 200 MB by COPY and gives back the same', { timeout: 120_000 }, async () => {
    const sent = join(folder!, 'sent');
    const back = join(folder!, 'back');
    await writeLines(sent);
    const began = performance.now();
    await client('psql', [
      ...['-v', 'ON_ERROR_STOP=1', '-c', 'CREATE UNLOGGED TABLE lines (line text)'],
      ...['-c', `\\copy lines FROM '${sent}'`],
    ]);
    const half = performance.now();
    await client('psql', [
      // Without it a second scan of a large table may begin in its middle.
      ...['-v', 'ON_ERROR_STOP=1', '-c', 'SET synchronize_seqscans = off', '-c', `\\copy lines TO '${back}'`],
    ]);
    const end = performance.now();
    console.log(`COPY of ${COPY_BYTES / 1e6} MB: in ${rate(began, half)}, out ${rate(half, end)}`);
    expect(await digest(back)).toBe(await digest(sent));
  });

  it(`runs pgbench for ${PGBENCH_SECONDS} s without an error`, { timeout: 120_000 }, async () => {
    await client('pgbench', ['--initialize', '--scale', '1', '--quiet']);
    const runs = [
      // Not as fast as can be for all that time: other tests run beside this one.
      [
        `eight connections, ${RATE} a second`,
        ['--client', '8', '--time', `${PGBENCH_SECONDS}`, '--rate', RATE],
      ],
      ['eight connections', ['--client', '8', '--time', '3']],
      ['a connection for each transaction', ['--client', '4', '--time', '2', '--connect']],
    ] as const;
    for (const [name, args] of runs) {
      const { stdout } = await client('pgbench', args);
      console.log(
        `pgbench, ${name}: ${stdout.match(/(?<=processed: )\d+|(?<=tps = )[\d.]+/g)?.join(' transactions, ')} a second`,
      );
      expect(stdout).toMatch(/number of failed transactions: 0 /);
    }
  });
});

/** Lines of text, none like another. */
async function writeLines(path: string): Promise<void> {
  const file = await open(path, 'w');
  const lines = function* () {
    const perChunk = 1000;
    for (let line = 0; line < COPY_BYTES / LINE_BYTES; line += perChunk) {
      yield Array.from({ length: perChunk }, (_, index) =>
        `${line + index} `.padEnd(LINE_BYTES - 1, 'abcdefghij'),
      )
        .join('\n')
        .concat('\n');
    }
  };
  await pipeline(lines, file.createWriteStream());
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function rate(from: number, to: number): string {
  return `${Math.round(COPY_BYTES / 1e3 / (to - from))} MB/s`;
}
