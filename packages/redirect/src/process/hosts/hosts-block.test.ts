import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesNaming, ownersIn, withBlock, withoutBlocks, withoutNames } from './hosts-block.js';

const ours = { pid: 42, start: '1001' };
const other = { pid: 43, start: '1002' };
const entries = [{ address: '127.77.1.2', name: 'sql01.corp.example' }];
const isOf =
  ({ pid }: { pid: number }) =>
  (owner: { pid: number }) =>
    owner.pid === pid;

describe('a block in a hosts file', () => {
  it('stands before everything else, and names whose it is', () => {
    const text = withBlock('127.0.0.1 localhost\n', ours, entries);
    expect(text).toBe(
      '# BEGIN hybridge pid=42 start=1001 (removed when that process ends, or by: hybridge hosts clean)\n' +
        '127.77.1.2 sql01.corp.example\n' +
        '# END hybridge pid=42 start=1001\n' +
        '127.0.0.1 localhost\n',
    );
    expect(ownersIn(text)).toEqual([ours]);
  });

  it('is not there when there is nothing to say', () => {
    expect(withBlock('127.0.0.1 localhost\n', ours, [])).toBe('127.0.0.1 localhost\n');
  });

  it('leaves those of others alone', () => {
    const text = withBlock(withBlock('127.0.0.1 localhost\n', other, entries), ours, entries);
    expect(ownersIn(text)).toEqual([ours, other]);
    expect(ownersIn(withoutBlocks(text, isOf(ours)))).toEqual([other]);
    expect(withoutBlocks(text, () => true)).toBe('127.0.0.1 localhost\n');
  });

  it('has the line ends of the file', () => {
    expect(withBlock('127.0.0.1 localhost\r\n', ours, entries).replaceAll('\r\n', '')).not.toContain('\n');
  });

  it.each([
    '# BEGIN hybridge pid=42 start=1001\n127.0.0.1 localhost\n',
    '# END hybridge pid=42 start=1001\n',
    '# BEGIN hybridge pid=42 start=1001\n127.0.0.1 a\n# END hybridge pid=42 start=2\n',
    '# BEGIN hybridge pid=42 start=1001\n127.0.0.1 a\n# END hybridge pid=42 start=1001',
  ])('that somebody has broken is text like any other: %j', (text) => {
    expect(withoutBlocks(text, () => true)).toBe(text);
  });

  it('can be taken out again, and every byte is as it was', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '127.0.0.1 localhost',
        '# END hybridge pid=42 start=1001',
        '# BEGIN hybridge',
        '\u00ef\u00bb\u00bf',
      ),
    );
    const file = fc
      .tuple(fc.array(line), fc.constantFrom('\n', '\r\n', '\r'), fc.boolean())
      .map(([lines, eol, isEnded]) => lines.join(eol) + (isEnded ? eol : ''));
    fc.assert(
      fc.property(file, (text) => {
        fc.pre(ownersIn(text).length === 0);
        const written = withBlock(text, ours, entries);
        expect(ownersIn(written)).toEqual([ours]);
        expect(withoutBlocks(written, isOf(ours))).toBe(text);
      }),
    );
  });
});

describe('names that the file has already', () => {
  const text =
    '127.0.0.1 localhost\n10.0.0.5\tdb DB.corp.example # old\nfd00::5 db.corp.example\n#10.0.0.6 db\n';
  const names = new Set(['db.corp.example']);

  it('are found by line, outside of our blocks', () => {
    expect(linesNaming(text, names)).toEqual([2, 3]);
    const block = withBlock(text, ours, [{ address: '127.77.1.2', name: 'db.corp.example' }]);
    expect(linesNaming(block, names)).toEqual([5, 6]);
  });

  it('are left out of a copy, and the other names of the line are not', () => {
    expect(withoutNames(text, names)).toBe('127.0.0.1 localhost\n10.0.0.5 db\n#10.0.0.6 db\n');
  });
});
