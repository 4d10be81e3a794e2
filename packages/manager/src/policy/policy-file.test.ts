import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { policyPaths, readPolicy } from './policy-file.js';

const owner = process.getuid?.() ?? 0;
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hybridge-policy-'));
  path = join(folder, 'policy.yaml');
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = () => readPolicy({ paths: [path], owner });
const write = (text: string, mode = 0o644) => {
  writeFileSync(path, text);
  chmodSync(path, mode);
};

describe("the administrator's file", () => {
  it('is a policy', () => {
    write('hybridConnections: denied');
    expect(read().path).toBe(path);
    expect(read().policy.relay('relay.test')?.rule).toBe('hybridConnections: denied');
  });

  it('is no policy when it is not there', () => {
    expect(read()).toMatchObject({ path: undefined, policy: { unusable: undefined } });
    rmSync(folder, { recursive: true });
    expect(read().policy.relay('relay.test')).toBeUndefined();
    mkdirSync(folder);
  });

  it.each([
    ['allow: [', 'nothing is allowed: it is not YAML'],
    ['', 'expected object'],
    ['allow: ["*"]', 'allow[0]: "*" is not host:port'],
    [`# ${'x'.repeat(1_048_576)}`, 'larger'],
  ])('that is damaged allows nothing', (text, because) => {
    write(text);
    const { unusable } = read().policy;
    expect(unusable).toContain(`The policy ${path} cannot be used, and so nothing is allowed: `);
    expect(unusable).toContain(because);
    expect(read().policy.relay('relay.test')?.message).toBe(unusable);
  });

  it('that is no file allows nothing', () => {
    mkdirSync(path);
    expect(read().policy.unusable).toBeDefined();
  });

  describe.skipIf(process.platform === 'win32')('in danger', () => {
    it.each([0o664, 0o646, 0o777])('of being written by others (%o) allows nothing', (mode) => {
      write('{}', mode);
      expect(read().policy.unusable).toContain(`${path} can be written by ordinary users`);
    });

    it('of being replaced, since its folder is open, allows nothing', () => {
      write('{}');
      chmodSync(folder, 0o777);
      expect(read().policy.unusable).toContain(`${folder} can be written by ordinary users`);
    });

    it('of having been taken away allows nothing either', () => {
      chmodSync(folder, 0o777);
      expect(read().policy.unusable).toContain(`${folder} can be written by ordinary users`);
    });

    it('of being replaced where a link leads to allows nothing', () => {
      const open = join(folder, 'open');
      mkdirSync(open);
      writeFileSync(join(open, 'real.yaml'), '{}', { mode: 0o644 });
      chmodSync(open, 0o777);
      symlinkSync(join(open, 'real.yaml'), path);
      expect(read().policy.unusable).toContain(`${open} can be written by ordinary users`);
    });

    it('since it belongs to somebody else allows nothing', async ({ skip }) => {
      skip(owner !== 0, 'only root can give a file away');
      const { chownSync } = await import('node:fs');
      write('{}');
      chownSync(path, 65_534, 65_534);
      expect(read().policy.unusable).toContain(`${path} must belong to root`);
    });

    it('since it belongs to an ordinary user allows nothing', ({ skip }) => {
      skip(owner === 0, 'root is no ordinary user; the test before is for root');
      write('{}');
      expect(readPolicy({ paths: [path] }).policy.unusable).toContain('must belong to root');
    });
  });

  it('is where only an administrator can write', () => {
    expect(policyPaths('linux')).toEqual(['/etc/hybridge/policy.yaml']);
    expect(policyPaths('darwin')).toEqual(['/Library/Application Support/Hybridge/policy.yaml']);
    expect(policyPaths('win32')[0]).toBe('C:\\ProgramData\\Hybridge\\policy.yaml');
  });
});
