import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { auditFileName, auditFiles } from './audit-files.js';
import { AuditWriter, type AuditWriterOptions } from './audit-writer.js';

let folder: string;
let clock: number;
let states: (string | undefined)[];

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'hybridge-audit-')), 'audit');
  clock = Date.UTC(2026, 0, 2, 3, 4, 5);
  states = [];
});

afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

async function writer(changes: Partial<AuditWriterOptions> = {}): Promise<AuditWriter> {
  const made = new AuditWriter({
    folder,
    maxBytes: 1_000,
    maxFiles: 3,
    maxAgeDays: 2,
    now: () => clock,
    onState: (error) => states.push(error?.code),
    lostLine: (lost) => `lost ${lost}`,
    ...changes,
  });
  await made.start();
  return made;
}

/** All lines, oldest first. */
async function lines(): Promise<string[]> {
  const texts = await Promise.all((await auditFiles(folder)).map(({ path }) => readFile(path, 'utf8')));
  return texts.join('').split('\n').slice(0, -1);
}

describe('an audit writer', () => {
  it('writes each line whole and in order, into a file that only its owner can read', async () => {
    const made = await writer();
    for (const line of ['one', 'two', 'drei €']) made.append(line);
    await made.close();
    expect(await lines()).toEqual(['one', 'two', 'drei €']);
    const [file] = await auditFiles(folder);
    expect((await stat(file!.path)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['audit-00000001-20260102T030405Z.jsonl']);
  });

  it.each([
    ['taken away', (path: string) => rm(path)],
    ['taken away with its folder', (path: string) => rm(join(path, '..'), { recursive: true })],
    ['emptied', (path: string) => truncate(path)],
  ])('notices that its file was %s', async (_, change) => {
    const made = await writer();
    made.append('before');
    await made.flushed();
    const [file] = await auditFiles(folder);
    await change(file!.path);
    const later = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 1_000);
    onTestFinished(() => later.mockRestore());
    made.append('after');
    await made.close();
    expect(await lines()).toEqual(['after']);
    expect(states).toEqual([]);
  });

  it('leaves the file alone that another process writes to', async () => {
    const former = await writer();
    former.append('one');
    await former.flushed();
    const made = await writer({ isShared: true });
    made.append('three');
    await made.flushed();
    former.append('two');
    await former.close();
    await made.close();
    expect(await lines()).toEqual(['one', 'two', 'three']);
  });

  it('begins a file under a number of its own when another process has begun some', async () => {
    const former = await writer();
    former.append('one');
    await former.flushed();
    const made = await writer({ isShared: true });
    made.append('two');
    await made.flushed();
    former.append('x'.repeat(1_000));
    await former.close();
    await made.close();
    expect((await auditFiles(folder)).map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(states).toEqual([]);
  });

  it('goes on after it was asked to write at once, though a write was due a moment later', async () => {
    const made = await writer();
    // Soon after a write, so that the next one has to wait for others that may come.
    for (const line of ['one', 'two']) {
      made.append(line);
      await made.flushed();
    }
    // That wait is over, and there was nothing left.
    await sleep(50);
    made.append('three');
    await expect.poll(lines).toEqual(['one', 'two', 'three']);
    await made.close();
  });

  it('begins another file when one is full, and goes on in the newest after a restart', async () => {
    const made = await writer();
    for (let n = 0; n < 4; n += 1) {
      made.append(`${n} ${'x'.repeat(400)}`);
      await made.flushed();
    }
    await made.close();
    expect(await auditFiles(folder)).toHaveLength(2);
    const next = await writer();
    next.append('after');
    await next.close();
    expect((await auditFiles(folder)).map(({ number }) => number)).toEqual([1, 2]);
    expect((await lines()).map((line) => line[0])).toEqual(['0', '1', '2', '3', 'a']);
  });

  it('begins another file each day', async () => {
    const made = await writer({ maxAgeDays: 10 });
    made.append('today');
    await made.flushed();
    clock = Date.now() + 2 * 86_400_000;
    made.append('tomorrow');
    await made.close();
    expect(await auditFiles(folder)).toHaveLength(2);
  });

  it('keeps so many files, the newest', async () => {
    const made = await writer({ maxBytes: 10 });
    for (let n = 0; n < 6; n += 1) {
      made.append(`line ${n} is long`);
      await made.flushed();
    }
    await made.close();
    expect((await lines()).map((line) => line.slice(0, 6))).toEqual(['line 3', 'line 4', 'line 5']);
  });

  it('removes files that are too old', async () => {
    const made = await writer({ maxBytes: 10 });
    made.append('an old line');
    await made.flushed();
    clock = Date.now() + 3 * 86_400_000;
    made.append('a new line');
    await made.close();
    expect(await lines()).toEqual(['a new line']);
  });

  it('makes a file whole again that a crash has torn', async () => {
    await mkdir(folder);
    await writeFile(join(folder, auditFileName(7, clock)), 'whole\n{"half":');
    const made = await writer();
    made.append('next');
    await made.close();
    expect(await lines()).toEqual(['whole', 'next']);
    expect((await auditFiles(folder)).map(({ number }) => number)).toEqual([7]);
  });

  it.each(['', 'nothing but a piece', 'x'.repeat(200_000)])(
    'begins at the beginning after a piece',
    async (piece) => {
      await mkdir(folder);
      await writeFile(join(folder, auditFileName(1, clock)), piece);
      const made = await writer();
      made.append('first');
      await made.close();
      expect(await lines()).toEqual(['first']);
    },
  );

  it('lets other files lie', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const made = await writer({ maxFiles: 2, maxBytes: 10 });
    for (let n = 0; n < 4; n += 1) {
      made.append(`line ${n} is long`);
      await made.flushed();
    }
    await made.close();
    expect(await readdir(folder)).toContain('notes.txt');
  });
});

describe('an audit writer whose folder cannot be used', () => {
  it('says so once, keeps what comes, and writes it when it can', async () => {
    // A file stands where the folder should be: true for any user, whatever it may do.
    await writeFile(folder, '');
    const made = await writer();
    made.append('kept');
    await made.flushed();
    expect(states).toHaveLength(1);
    expect(states[0]).toMatch(/^(EEXIST|ENOTDIR)$/);
    await rm(folder);
    await made.close();
    expect(await lines()).toEqual(['kept']);
    expect(states).toEqual([states[0], undefined]);
  });

  it('comes back by itself when nothing is waiting to be written', async () => {
    await writeFile(folder, '');
    const back = new Promise<void>((resolve) => {
      void writer({ onState: (error) => error === undefined && resolve() }).then(() => rm(folder));
    });
    await back;
  });

  it('drops what does not fit, and says where and how much', async () => {
    await writeFile(folder, '');
    const made = await writer({ maxBytes: 1e9 });
    const big = 'x'.repeat(1_000_000);
    for (let n = 0; n < 7; n += 1) made.append(`${n}${big}`);
    expect(made.lost).toBe(3);
    await rm(folder);
    await made.close();
    expect((await lines()).map((line) => line.slice(0, 6))).toEqual([
      ...['0xxxxx', '1xxxxx', '2xxxxx', '3xxxxx'],
      'lost 3',
    ]);
  });
});

describe('an audit file', () => {
  it('is numbered beyond what eight digits hold', () => {
    expect(auditFileName(123_456_789, 0)).toBe('audit-123456789-19700101T000000Z.jsonl');
  });

  it('is passed over when it cannot be one', async () => {
    await mkdir(folder);
    for (const name of ['audit-1-x.jsonl', 'audit-00000001-20260102T030405Z.jsonl.gz', '.audit']) {
      await writeFile(join(folder, name), '');
    }
    await chmod(folder, 0o700);
    expect(await auditFiles(folder)).toEqual([]);
  });
});
