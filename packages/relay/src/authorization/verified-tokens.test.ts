import { createToken, generateKey } from '@hybridge/sas';
import { describe, expect, it } from 'vitest';
import { VerifiedTokens } from './verified-tokens.js';

const key = generateKey();
const text = createToken({ resource: 'http://localhost/sql', keyName: 'rule', key });

describe('a token that was found good', () => {
  it('is good with the same key, and with no other', () => {
    const tokens = new VerifiedTokens();
    for (let i = 0; i < 3; i += 1) {
      const token = tokens.read(text);
      expect(tokens.isSigned(text, token, generateKey())).toBe(false);
      expect(tokens.isSigned(text, token, key)).toBe(true);
      // Known by now: the very same value.
      expect(tokens.read(text)).toBe(tokens.read(text));
    }
  });

  it('is told from one that differs in a character', () => {
    const tokens = new VerifiedTokens();
    tokens.isSigned(text, tokens.read(text), key);
    const forged = text.replace(/se=(\d)/, (_, digit) => `se=${(Number(digit) + 1) % 10}`);
    expect(tokens.isSigned(forged, tokens.read(forged), key)).toBe(false);
  });

  it('is forgotten when there are too many, and found good again', () => {
    const tokens = new VerifiedTokens();
    const first = tokens.read(text);
    tokens.isSigned(text, first, key);
    for (let i = 0; i < 2_000; i += 1) {
      const other = createToken({ resource: `http://localhost/${i}`, keyName: 'rule', key });
      tokens.isSigned(other, tokens.read(other), key);
    }
    expect(tokens.read(text)).not.toBe(first);
    expect(tokens.isSigned(text, tokens.read(text), key)).toBe(true);
  });
});
