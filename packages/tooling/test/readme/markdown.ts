/**
 * What a Markdown page holds that can be checked: its fenced code blocks, and its links to other files.
 * @module
 */

/** A fenced code block. */
export interface Block {
  /** The page, from the root of the repository. */
  readonly page: string;
  /** Line of the opening fence, from 1. The code begins on the next. */
  readonly line: number;
  /** The word after the fence; empty when there is none. */
  readonly language: string;
  /** The code, without the indentation that its fence has. */
  readonly code: string;
}

/** The fenced blocks of a page, in order. @throws Error when the last one is not closed. */
export function fencedBlocks(page: string, text: string): Block[] {
  const blocks: Block[] = [];
  let open: { fence: string; indent: number; line: number; language: string; code: string[] } | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const [, indent = '', fence = '', info = ''] = /^(\s*)(`{3,}|~{3,})\s*(.*)$/.exec(line) ?? [];
    if (open === undefined) {
      if (fence === '') continue;
      const language = info.split(/\s/)[0] ?? '';
      open = { fence, indent: indent.length, line: index + 1, language, code: [] };
    } else if (fence.startsWith(open.fence) && info === '') {
      blocks.push({ page, line: open.line, language: open.language, code: open.code.join('\n') });
      open = undefined;
    } else {
      open.code.push(line.slice(Math.min(open.indent, line.length - line.trimStart().length)));
    }
  }
  if (open !== undefined) throw new Error(`${page}:${open.line}: the code block is not closed`);
  return blocks;
}

/** A link to a file of the repository, or to a heading of the page itself. */
export interface Link {
  /** The file, as it is written, relative to the page; empty for the page itself. */
  readonly target: string;
  /** The heading's anchor, without `#`; empty when there is none. */
  readonly anchor: string;
}

/** The page's links to files and headings, in order. Code is left out, and so is what has a scheme. */
export function links(text: string): Link[] {
  const found = proseOf(text).matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*(\S+)/gm);
  return [...found]
    .map(([, inline, reference]) => inline ?? reference ?? '')
    .filter((address) => !/^[a-z][a-z0-9+.-]*:/i.test(address))
    .map((address) => {
      const [target = '', anchor = ''] = address.split('#');
      return { target, anchor };
    });
}

/** The anchors that the page's headings have where it is shown: as GitHub makes them, numbered when they repeat. */
export function headingAnchors(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutBlocks(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let anchor = slug;
    for (let n = 1; anchors.has(anchor); n += 1) anchor = `${slug}-${n}`;
    anchors.add(anchor);
  }
  return anchors;
}

function withoutBlocks(text: string): string {
  return text.replace(/^(\s*)(`{3,}|~{3,})[\s\S]*?^\s*\2.*$/gm, '');
}

function proseOf(text: string): string {
  return withoutBlocks(text).replace(/`[^`\n]*`/g, '');
}
