/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { linkTo, parseRoute } from './router.js';

describe('the address of a place', () => {
  it('comes back as what it was made of, whatever the names hold', () => {
    const link = linkTo(['hybrid-connections', 'contoso', 'site/a b?#%<script>', 'keys']);
    expect(parseRoute(link).path).toEqual(['hybrid-connections', 'contoso', 'site/a b?#%<script>', 'keys']);
  });

  it('keeps what is asked for', () => {
    expect(parseRoute(linkTo(['audit'], { text: 'a&b=c' })).query.get('text')).toBe('a&b=c');
  });

  it.each(['', '#', '#/', '#//', '#/%E0%A4%A'])('is the first screen when it is %j', (hash) => {
    expect(parseRoute(hash).path).toEqual([]);
  });
});
