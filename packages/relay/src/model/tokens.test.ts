import { describe, expect, it } from 'vitest';
import { at, HASH, refusal, T1, T2 } from '../../test/changes.js';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';
import { EMPTY_MODEL } from './model.js';

describe('a token', () => {
  const token: Change = { type: 'add-token', id: 't1', name: 'Ann', role: 'reader', hash: HASH };

  it('is good until it is revoked', () => {
    const model = applyChange(EMPTY_MODEL, token, at(T1));
    expect(model.tokens).toEqual([{ id: 't1', name: 'Ann', role: 'reader', hash: HASH, createdAt: T1 }]);
    expect(refusal(model, token).code).toBe('ERR_RELAY_CONFLICT');
    expect(applyChange(model, { type: 'revoke-token', id: 't1' }, at(T2))).toEqual(EMPTY_MODEL);
    expect(refusal(EMPTY_MODEL, { type: 'revoke-token', id: 't1' }).code).toBe('ERR_RELAY_NOT_FOUND');
  });

  it.each([{ role: 'king' }, { hash: 'x' }, { expiresAt: 'soon' }, { id: '' }, { name: '' }])(
    'is refused with %j',
    (rest) => {
      expect(refusal(EMPTY_MODEL, { ...token, ...rest } as Change).code).toBe('ERR_RELAY_INVALID');
    },
  );
});
