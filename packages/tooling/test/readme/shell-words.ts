/**
 * As much of the shell's grammar as a README uses: words, quotes, comments, several commands on a line.
 * @module
 */

/** A command: its words, without the assignments before them. */
export type Command = readonly string[];

/** The commands of a block. A prompt (`$ `) is left out, a line that ends in `\` goes on, a here-document is not code. */
export function commandsIn(code: string): Command[] {
  return withoutHereDocuments(code.replace(/\\\r?\n/g, ' ').split(/\r?\n/))
    .map((line) => line.replace(/^\s*\$ /, ''))
    .flatMap(commandsOnLine);
}

function withoutHereDocuments(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let end: string | undefined;
  for (const line of lines) {
    if (end !== undefined) {
      if (line.trim() === end) end = undefined;
      continue;
    }
    kept.push(line);
    end = /<<-?\s*['"]?(\w+)['"]?/.exec(line)?.[1];
  }
  return kept;
}

function commandsOnLine(line: string): Command[] {
  const commands: string[][] = [[]];
  // A word is any run of plain characters and quoted strings; a separator ends the command; a comment ends the line.
  for (const [token, comment, separator] of line.matchAll(
    /(#.*$)|([;|&]+)|(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s;|&"'\\])+/g,
  )) {
    if (comment !== undefined) break;
    if (separator !== undefined) commands.push([]);
    else commands.at(-1)?.push(token.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, '$1$2'));
  }
  return commands.map(withoutPrefix).filter((words) => words.length > 0);
}

function withoutPrefix(words: readonly string[]): Command {
  const first = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word) && word !== 'sudo' && word !== 'env');
  return first < 0 ? [] : words.slice(first);
}
