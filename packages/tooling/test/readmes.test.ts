/**
 * What the READMEs show is true: code compiles against the packages as built, commands and their options exist,
 * configurations are taken.
 * @module
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { commandProblems } from './readme/commands.js';
import { documentProblems } from './readme/documents.js';
import { type Block, fencedBlocks } from './readme/markdown.js';
import { isTyped, typeErrors } from './readme/type-check.js';
import { read, repositoryFiles } from './repository.js';

/** Languages that a block may have. What is not in the checks below is for the eye only. */
const LANGUAGES = ['ts', 'js', 'sh', 'yaml', 'json', 'text', 'http', 'sql', 'ini', 'mermaid'];

const pages = repositoryFiles().filter(
  (path) =>
    /^((packages|examples)\/[^/]+\/)?README\.md$/.test(path) || /^docs\/guides\/[^/]+\.md$/.test(path),
);
const blocks = pages.flatMap((page) => fencedBlocks(page, read(page)));
const named = (chosen: readonly Block[]) =>
  chosen.map((block) => ({ name: `${block.page}, line ${block.line} (${block.language})`, block }));

describe('the code blocks of the READMEs', () => {
  let errors: Map<Block, string[]>;
  beforeAll(() => {
    errors = typeErrors(blocks);
  });

  it('say their language', () => {
    const strange = blocks.filter(({ language }) => !LANGUAGES.includes(language));
    expect(strange.map(({ page, line, language }) => `${page}:${line}: "${language}"`)).toEqual([]);
  });

  it.each(named(blocks.filter(isTyped)))('$name: compiles', ({ block }) => {
    expect(errors.get(block)).toEqual([]);
  });

  it.each(named(blocks.filter(({ language }) => language === 'sh')))(
    '$name: names what is there',
    ({ block }) => {
      expect(commandProblems(block)).toEqual([]);
    },
  );

  it.each(named(blocks.filter(({ language }) => ['yaml', 'json'].includes(language))))(
    '$name: is read',
    ({ block }) => {
      expect(documentProblems(block)).toEqual([]);
    },
  );
});
