/**
 * Changes of the tokens of the admin port. Only their hashes are ever here.
 * @module
 */
import type { ChangeContext } from './apply-change.js';
import type { Change } from './change.js';
import { checked, role, time, tokenHash, tokenId, tokenName } from './grammar.js';
import { ManagementError } from './management-error.js';
import type { Model, TokenModel } from './model.js';
import { notFound, without } from './names.js';

type Of<Type extends Change['type']> = Extract<Change, { readonly type: Type }>;

/** More than anybody can keep an eye on. */
const MAX_TOKENS = 1_000;

/** Makes a token good. */
export function addToken(model: Model, change: Of<'add-token'>, { now }: ChangeContext): Model {
  if (model.tokens.some(({ id }) => id === change.id)) {
    throw new ManagementError('ERR_RELAY_CONFLICT', `There is a token ${change.id} already`);
  }
  if (model.tokens.length >= MAX_TOKENS) {
    const message = `There are ${MAX_TOKENS} tokens already, which is as many as there may be`;
    throw new ManagementError('ERR_RELAY_QUOTA', message);
  }
  const { expiresAt } = change;
  const token: TokenModel = {
    id: checked(tokenId, change.id, 'id'),
    name: checked(tokenName, change.name, 'name'),
    role: checked(role, change.role, 'role'),
    hash: checked(tokenHash, change.hash, 'hash'),
    createdAt: now,
    ...(expiresAt !== undefined && { expiresAt: checked(time, expiresAt, 'expiresAt') }),
  };
  return { ...model, tokens: [...model.tokens, token] };
}

/** Makes a token good no more. */
export function revokeToken(model: Model, change: Of<'revoke-token'>): Model {
  const gone = model.tokens.find(({ id }) => id === change.id) ?? notFound(`There is no token ${change.id}`);
  return { ...model, tokens: without(model.tokens, gone) };
}
