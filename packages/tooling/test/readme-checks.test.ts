/**
 * The README checks themselves: they would notice.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { commandProblems } from './readme/commands.js';
import { documentProblems } from './readme/documents.js';
import { type Block, fencedBlocks, headingAnchors, links } from './readme/markdown.js';
import { commandsIn } from './readme/shell-words.js';
import { typeErrors } from './readme/type-check.js';

const block = (language: string, code: string): Block => ({ page: 'README.md', line: 10, language, code });

describe('the blocks of a page', () => {
  it('are found with line, language and code, indented or not', () => {
    const page = [
      '# A',
      '```ts',
      'a();',
      '```',
      '- x',
      '  ~~~sh title',
      '  b',
      '    c',
      '  ~~~',
      '```',
      '```',
    ].join('\n');
    expect(fencedBlocks('p', page)).toEqual([
      { page: 'p', line: 2, language: 'ts', code: 'a();' },
      { page: 'p', line: 6, language: 'sh', code: 'b\n  c' },
      { page: 'p', line: 10, language: '', code: '' },
    ]);
  });

  it('must be closed', () => {
    expect(() => fencedBlocks('p', '```ts\n')).toThrow('p:1');
  });
});

describe('the links of a page', () => {
  it('are those to files and headings', () => {
    const page =
      '[a](b.md) [c](./d.md#e "t") [f](https://g) [h](#i) ![j](k.png)\n[l]: m.md\n`[n](o.md)`\n```ts\n[p](q.md)\n```\n[r](s.md)';
    expect(links(page).map(({ target, anchor }) => `${target}#${anchor}`)).toEqual([
      'b.md#',
      './d.md#e',
      '#i',
      'k.png#',
      'm.md#',
      's.md#',
    ]);
  });

  it('find headings by the anchors that they get', () => {
    const page =
      "# What's `kept`, and 2.1: what_is not\n## A\n### A\n```sh\n# no heading\n```\n## [B](c.md) ##\n";
    expect([...headingAnchors(page)]).toEqual(['whats-kept-and-21-what_is-not', 'a', 'a-1', 'b']);
  });
});

describe('a typed block', () => {
  const good = block(
    'ts',
    "import { generateKey } from '@hybridge/sas';\nconst key: string = await Promise.resolve(generateKey());",
  );
  const wrong = block(
    'ts',
    "import { generateKey } from '@hybridge/sas';\nconst key: number = generateKey();",
  );
  const unknown = block('ts', "import { nothing } from '@hybridge/sas';");
  const script = block(
    'js',
    "import { generateKey } from '@hybridge/sas';\nexport const f = (x) => generateKey(x);",
  );
  const stranger = block('ts', 'console.log(key);');

  // The compiler reads every package's sources, which takes long where much else runs.
  it('fails at the line that does not compile', { timeout: 120_000 }, () => {
    const errors = typeErrors([good, wrong, unknown, script, stranger]);
    expect(errors.get(good)).toEqual([]);
    expect(errors.get(wrong)).toEqual([expect.stringMatching(/^README.md:12: Type 'string'/)]);
    expect(errors.get(unknown)).toEqual([expect.stringMatching(/^README.md:11: .*nothing/)]);
    expect(errors.get(script)).toEqual([expect.stringMatching(/^README.md:12: Expected 0 arguments/)]);
    expect(errors.get(stranger)).toEqual([expect.stringMatching(/^README.md:11: Cannot find name 'key'/)]);
  });
});

describe('a shell block', () => {
  it('is taken apart into commands', () => {
    const code = `$ A=1 npm run x && cd "a b" # note\nhybridge relay \\\n  --config 'r;s.yaml' | tee log; B=2\ncat > f <<EOF\nnpm run y\nEOF\n# npm run z`;
    expect(commandsIn(code)).toEqual([
      ['npm', 'run', 'x'],
      ['cd', 'a b'],
      ['hybridge', 'relay', '--config', 'r;s.yaml'],
      ['tee', 'log'],
      ['cat', '>', 'f', '<<EOF'],
    ]);
  });

  it.each([
    'npm run build',
    'npm test',
    'npm run -s build',
    'npm install @hybridge/sas pg',
    'cd packages/sas && npm run build',
    'node packages/tooling/pnpm.mjs -v',
    'git clone x',
    'hybridge --version',
    'hybridge connection create sql --endpoint a:1 --relay http://a:8081 --json',
    'hybridge tunnels',
    'npx -y hybridge relay --config relay.yaml --port=8080 > log',
    'node packages/cli/bin/hybridge.js forward -h',
  ])('may say %s', (code) => {
    expect(commandProblems(block('sh', code))).toEqual([]);
  });

  it.each([
    'npm run nothing',
    'npm start',
    'npm i @hybridge/nothing',
    'npm i @hybridge/tooling',
    'node nothing.js',
    'cd packages/sas && npm run demo',
  ])('may not say %s', (code) => {
    expect(commandProblems(block('sh', code))).toHaveLength(1);
  });

  it.each([
    'hybridge nothing',
    'hybridge forward -S x',
    'hybridge connection nothing',
    'hybridge connection create sql --rights Send',
    'npx hybridge relay --nothing',
    'npx -y hybridge@1 --nothing',
    'node packages/cli/bin/hybridge.js nothing',
  ])('may not say %s', (code) => {
    expect(commandProblems(block('sh', code))).toHaveLength(1);
  });
});

describe('a document', () => {
  it.each([
    ['json', '{"a": 1}'],
    ['yaml', 'a: 1\n---\nb: 2'],
  ])('may be %s: %j', (language, code) => {
    expect(documentProblems(block(language, code))).toEqual([]);
  });

  it.each([
    ['json', '{a: 1}'],
    ['yaml', 'a: [1'],
    ['yaml', 'namespaces: nothing'],
    ['yaml', 'connections: nothing'],
  ])('may not be %s: %j', (language, code) => {
    expect(documentProblems(block(language, code))).toHaveLength(1);
  });
});
