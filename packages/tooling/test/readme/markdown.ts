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

/** Targets of the page's links to files of the repository, as written but without `#…`. Code is left out. */
export function fileLinks(text: string): string[] {
  const prose = text.replace(/^(\s*)(`{3,}|~{3,})[\s\S]*?^\s*\2.*$/gm, '').replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*(\S+)/gm)];
  return targets
    .map(([, inline, reference]) => (inline ?? reference ?? '').replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z][a-z0-9+.-]*:/i.test(target));
}
