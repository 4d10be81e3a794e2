import { describe, expect, it } from 'vitest';
import { withResults } from './page.js';

const page = 'Before\n\n<!-- bench:begin -->\n\nold\n\n<!-- bench:end -->\n\nAfter\n';

describe('the page of results', () => {
  it('keeps everything but the earlier results', () => {
    expect(withResults(page, 'new', 'page.md')).toBe(page.replace('old', 'new'));
  });

  it('is the same when the same is put in again', () => {
    const once = withResults(page, 'new', 'page.md');
    expect(withResults(once, 'new', 'page.md')).toBe(once);
  });

  it.each(['', 'no place', '<!-- bench:end --> <!-- bench:begin -->'])(
    'needs a place for them: %j',
    (text) => {
      expect(() => withResults(text, 'new', 'page.md')).toThrow('page.md lacks the comments');
    },
  );
});
