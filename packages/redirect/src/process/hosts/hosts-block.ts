/**
 * Our lines in the text of a hosts file: a block at its beginning, which names the process that it belongs to.
 *
 * At the beginning, because the first line with a name wins; and so taking the block out leaves every byte as it was.
 * Several processes have a block each. Whatever else is in the file is not touched; texts are bytes as Latin 1.
 *
 * Source: hosts(5).
 * @module
 */

/** Whose block it is. */
export interface BlockOwner {
  readonly pid: number;
  /** Tells apart processes that have the same id one after the other: when it was started, in whatever unit. */
  readonly start: string;
}

/** A line of a hosts file. */
export interface HostsEntry {
  readonly address: string;
  readonly name: string;
}

const BLOCK =
  /(?<=^(?:\u00ef\u00bb\u00bf)?)# BEGIN hybridge pid=(\d{1,10}) start=([\w.-]{1,32})[^\r\n]*\r?\n(?:[^\r\n]*\r?\n)*?# END hybridge pid=\1 start=\2\r?\n/gm;

/** That of UTF-8, as Latin 1: a file on Windows may begin with it, and ours has to come after it. */
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/** The owners of the blocks in a text, in their order. */
export function ownersIn(text: string): BlockOwner[] {
  return Array.from(text.matchAll(BLOCK), ([, pid, start]) => ({ pid: Number(pid), start: start! }));
}

/** Takes blocks out of a text. @param isUnwanted - asked for each owner */
export function withoutBlocks(text: string, isUnwanted: (owner: BlockOwner) => boolean): string {
  return text.replace(BLOCK, (block, pid, start) => (isUnwanted({ pid: Number(pid), start }) ? '' : block));
}

/** Puts a block into a text that has none of this owner. */
export function withBlock(text: string, owner: BlockOwner, entries: readonly HostsEntry[]): string {
  if (entries.length === 0) return text;
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const eol = /\r\n/.test(text) ? '\r\n' : '\n';
  const whose = `hybridge pid=${owner.pid} start=${owner.start}`;
  const lines = [
    `# BEGIN ${whose} (removed when that process ends, or by: hybridge hosts clean)`,
    ...entries.map(hostsLine),
    `# END ${whose}`,
  ];
  return `${mark}${lines.map((line) => line + eol).join('')}${text.slice(mark.length)}`;
}

/** An entry as it stands in the file. */
export function hostsLine({ address, name }: HostsEntry): string {
  return `${address} ${name}`;
}

/** The numbers of lines outside of our blocks that name one of these (small letters). */
export function linesNaming(text: string, names: ReadonlySet<string>): number[] {
  // Blocks are emptied, not taken out, so that the numbers are those of the file.
  const lines = text.replace(BLOCK, (block) => block.replace(/[^\n]/g, '')).split('\n');
  return lines.flatMap((line, index) => (namesOf(line).some((name) => names.has(name)) ? [index + 1] : []));
}

/** The same text with no line that names one of these (small letters), for a copy that is nobody else's. */
export function withoutNames(text: string, names: ReadonlySet<string>): string {
  const kept = (line: string) => {
    const [address, ...others] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (!others.some((name) => names.has(name.toLowerCase()))) return [line];
    const left = others.filter((name) => !names.has(name.toLowerCase()));
    return left.length === 0 ? [] : [[address, ...left].join(' ')];
  };
  return text.split('\n').flatMap(kept).join('\n');
}

function namesOf(line: string): string[] {
  return line.replace(/#.*/, '').trim().toLowerCase().split(/\s+/).slice(1);
}
