import { expect, it } from 'vitest';
import { newSecret } from './secrets.js';

it('a secret has 22 characters of base64url, and is never given twice', () => {
  const secrets = Array.from({ length: 2_000 }, newSecret);
  expect(secrets.every((secret) => /^[\w-]{22}$/.test(secret))).toBe(true);
  expect(new Set(secrets).size).toBe(secrets.length);
});
