import { describe, expect, it } from 'vitest';
import { isNewer, isVersion } from './version.js';

describe('versions', () => {
  // Of section 11 of Semantic Versioning, and what is around it; each comes after the one before.
  const ORDER = [
    ...['0.9.9', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2'],
    ...['1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.1', '1.2.0', '1.10.0', '2.0.0-0', '2.0.0'],
  ];

  it('are in order', () => {
    for (const [i, one] of ORDER.entries()) {
      for (const [j, other] of ORDER.entries())
        expect([one, other, isNewer(one, other)]).toEqual([one, other, i > j]);
    }
  });

  it('do not differ by how they were built', () => {
    expect([isNewer('1.0.0+a', '1.0.0'), isNewer('1.0.0', '1.0.0+b')]).toEqual([false, false]);
  });

  it.each([
    '',
    '1',
    '1.2',
    '1.2.3.4',
    'v1.2.3',
    '1.2.3-',
    '1.2.3\n',
    '1.2.3 rm -rf',
    `1.2.${'3'.repeat(20)}`,
    5,
    null,
  ])('are not such as %j', (text) => expect(isVersion(text)).toBe(false));
});
