/**
 * The form of a model, for reading what was written.
 *
 * Closed on purpose: a member that is not known would be lost with the next save, so a format with more in it has
 * another version. Grammar is not asked for; what was good once is kept.
 * @module
 */
import { z } from 'zod';
import { planTier, right, role } from '../model/grammar.js';
import type { Model } from '../model/model.js';

const text = z.string();
const declared = z.boolean().exactOptional();

const resource = {
  subscription: text,
  resourceGroup: text,
  name: text.min(1),
  location: text,
  tags: z.record(text, text),
  createdAt: text,
  updatedAt: text,
};

const rule = z.strictObject({
  name: text.min(1),
  rights: z.array(right),
  primaryKey: text.min(1),
  secondaryKey: text.min(1),
  primaryKeyChangedAt: text,
  secondaryKeyChangedAt: text,
  declared,
});

const hybridConnection = z.strictObject({
  name: text.min(1),
  endpoint: text.exactOptional(),
  userMetadata: text.exactOptional(),
  requiresClientAuthorization: z.boolean(),
  authorizationRules: z.array(rule),
  createdAt: text,
  updatedAt: text,
  declared,
});

const limit = z.int().min(1).exactOptional();

const namespace = z.strictObject({
  ...resource,
  hosts: z.array(text),
  authorizationRules: z.array(rule),
  hybridConnections: z.array(hybridConnection),
  limits: z
    .strictObject({ listenersPerHybridConnection: limit, connections: limit, pending: limit })
    .exactOptional(),
  declared,
});

const attachment = z.strictObject({
  namespace: text,
  hybridConnection: text,
  hostname: text,
  port: z.int(),
  sendKeyName: text,
  sendKeyValue: text,
  attachedAt: text,
  updatedAt: text,
});

/** Everything. */
export const modelSchema = z.strictObject({
  namespaces: z.array(namespace),
  plans: z.array(z.strictObject({ ...resource, tier: planTier })),
  apps: z.array(z.strictObject({ ...resource, plan: text, attachments: z.array(attachment) })),
  tokens: z.array(
    z.strictObject({
      id: text,
      name: text,
      role,
      hash: text,
      createdAt: text,
      expiresAt: text.exactOptional(),
    }),
  ),
});

/** The compiler's proof that schema and model agree; never called. */
export type SchemaAgrees = [
  z.infer<typeof modelSchema> extends Model ? true : never,
  Model extends z.infer<typeof modelSchema> ? true : never,
];
