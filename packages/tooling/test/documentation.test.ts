/**
 * The pages of the documentation can be found, and what they link to is there: files, and headings within them.
 * @module
 */
import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { headingAnchors, links } from './readme/markdown.js';
import { ROOT, read, repositoryFiles } from './repository.js';

const pages = repositoryFiles().filter(
  (path) => /^(docs|packages|examples)\/.+\.md$|^[A-Z]+\.md$/.test(path) && !path.includes('/node_modules/'),
);
const anchorsOf = new Map(pages.map((page) => [page, headingAnchors(read(page))]));

/** A link's page, from the root of the repository. */
const resolved = (page: string, target: string) =>
  target === '' ? page : posix.normalize(posix.join(posix.dirname(page), target));

describe.each(pages)('%s', (page) => {
  it('links to files and headings that are there', () => {
    const broken = links(read(page)).filter(({ target, anchor }) => {
      if (target !== '' && !existsSync(join(ROOT, dirname(page), target))) return true;
      const anchors = anchorsOf.get(resolved(page, target));
      return anchor !== '' && anchors !== undefined && !anchors.has(anchor);
    });
    expect(broken.map(({ target, anchor }) => (anchor === '' ? target : `${target}#${anchor}`))).toEqual([]);
  });
});

const linked = (page: string) => new Set(links(read(page)).map(({ target }) => resolved(page, target)));

describe('the sections of the protocol that sources cite', () => {
  const SECTION = /^(?:#{2,3} |\*\*)(\d+(?:\.\d+)?)\.? /gm;
  const CITED =
    /protocol\.md\)?,? \(?(?:sections? )?(\d+(?:\.\d+)?(?:(?:, and |, | and | to )\d+(?:\.\d+)?)*)/g;

  it('are all there', () => {
    const known = new Set([...read('docs/protocol.md').matchAll(SECTION)].map(([, section]) => section));
    const sources = repositoryFiles().filter((path) => /^(packages|docs)\/.+\.(ts|mjs|md)$/.test(path));
    const cited = sources.flatMap((path) => {
      // A citation may go on in the next line of a comment.
      const text = read(path).replace(/\n\s*(?:\*|\/\/)?\s*/g, ' ');
      const numbers = [...text.matchAll(CITED)].flatMap(
        ([, list = '']) => list.match(/\d+(?:\.\d+)?/g) ?? [],
      );
      return numbers.map((section) => ({ path, section }));
    });
    expect(cited.length).toBeGreaterThan(100);
    expect(cited.filter(({ section }) => !known.has(section))).toEqual([]);
  });
});

describe('the overview of the documentation', () => {
  it('leads to every page', () => {
    const known = linked('docs/README.md');
    const inOverview = /^docs\/(?!decisions\/0)(?!README\.md).+\.md$/;
    const unknown = pages.filter((page) => inOverview.test(page) && !known.has(page));
    expect(unknown, 'to be added to docs/README.md').toEqual([]);
  });
});

describe('the decisions', () => {
  const records = pages.filter((page) => /^docs\/decisions\/0/.test(page));

  it('are all in their overview, by number and title', () => {
    const overview = read('docs/decisions/README.md');
    const missing = records.filter((page) => {
      const [, number, title] = /^# (\d{4}): (.+)\n/.exec(read(page)) ?? [];
      return !overview.includes(`- [${number}](${posix.basename(page)}): ${title}\n`);
    });
    expect(missing, 'to be added to docs/decisions/README.md').toEqual([]);
  });

  it('have a number each, the one of their file', () => {
    const numbers = records.map((page) => posix.basename(page).slice(0, 4));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(records.filter((page, index) => !read(page).startsWith(`# ${numbers[index]}: `))).toEqual([]);
  });
});
