/**
 * Tokens of the admin port. Each is shown once, when it is made; the relay keeps its hash.
 * @module
 */

import { randomBytes } from 'node:crypto';
import { badRequest, resourceNotFound } from '@hybridge/service';
import { z } from 'zod';
import { hashOf } from '../../admin/token-gate.js';
import type { TokenModel } from '../../model/model.js';
import { json, nothing, param, type Route, route } from '../route.js';
import { time } from './scope.js';

/** Nobody guesses so many random bytes. */
const TOKEN_BYTES = 32;
/** Enough that no two ids are the same. */
const ID_BYTES = 8;

const common = { kind: 'own', tag: 'Tokens', role: 'owner' } as const;

/** Their routes. */
export const tokenRoutes: readonly Route[] = [
  route({
    ...common,
    method: 'GET',
    path: '/api/tokens',
    id: 'listTokens',
    summary: 'Lists the tokens of the admin port, beside the one of the configuration',
    answers: { 200: 'Who may what, until when' },
    handle: ({ relay }) => json({ tokens: relay.model.tokens.map(shapeOf) }),
  }),
  route({
    ...common,
    method: 'POST',
    path: '/api/tokens',
    id: 'makeToken',
    summary: 'Makes a token',
    body: z.strictObject({
      name: z.string().min(1).max(256),
      role: z.enum(['reader', 'operator', 'owner']),
      expiresAt: time.optional(),
    }),
    answers: { 201: 'The token. It is not shown again.' },
    handle: async ({ relay, body: { name, role, expiresAt }, now }) => {
      if (expiresAt !== undefined && Date.parse(expiresAt) <= now()) {
        throw badRequest('This time is over already.', 'expiresAt');
      }
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const id = randomBytes(ID_BYTES).toString('hex');
      const expires = expiresAt && new Date(expiresAt).toISOString();
      await relay.change({
        type: 'add-token',
        ...{ id, name, role, hash: hashOf(token).toString('base64url') },
        ...(expires && { expiresAt: expires }),
      });
      const shown = { id, name, role, token, ...(expires && { expiresAt: expires }) };
      return { ...json(shown, 201), noted: { madeId: id, madeName: name, madeRole: role } };
    },
  }),
  route({
    ...common,
    method: 'DELETE',
    path: '/api/tokens/{token}',
    id: 'revokeToken',
    summary: 'Revokes a token at once',
    answers: { 204: 'It is good no more', 404: 'There is none of this id' },
    handle: async (call) => {
      const id = param(call, 'token');
      const revoked = call.relay.model.tokens.find((each) => each.id === id);
      if (revoked === undefined) throw resourceNotFound(`token ${id}`);
      await call.relay.change({ type: 'revoke-token', id });
      return { ...nothing(), noted: { revokedId: id, revokedName: revoked.name } };
    },
  }),
];

function shapeOf({ id, name, role, createdAt, expiresAt }: TokenModel): object {
  return { id, name, role, createdAt, ...(expiresAt && { expiresAt }) };
}
