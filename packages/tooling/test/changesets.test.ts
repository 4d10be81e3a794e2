import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packages, read, repositoryFiles } from './repository.js';

const files = repositoryFiles().filter((path) => /^\.changeset\/(?!README)[^/]+\.md$/.test(path));
const published = packages()
  .filter(({ manifest }) => manifest.private !== true)
  .map(({ manifest }) => manifest.name);

describe('a changeset', () => {
  it.each(files)('%s says of published packages what changes', (file) => {
    const [, front = '', text = ''] = /^---\n([\s\S]*?)\n---\n\n([\s\S]+)$/.exec(read(file)) ?? [];
    const bumps = Object.entries((parse(front) ?? {}) as Record<string, string>);
    expect(bumps.length).toBeGreaterThan(0);
    for (const [name, bump] of bumps) {
      expect(published).toContain(name);
      expect(['patch', 'minor', 'major']).toContain(bump);
    }
    expect(text.trim()).not.toBe('');
  });
});
