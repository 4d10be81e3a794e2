/**
 * What names and values of a model look like: the same in the configuration file and in a change.
 *
 * Source: docs/protocol.md, sections 1.4 (names), 5.1 (keys), 6.1 (metadata) and 9.1 (limits).
 * @module
 */
import { z } from 'zod';
import { ManagementError } from './management-error.js';

/** Longest name of a hybrid connection. Microsoft's own have more than the documented 50 characters. */
const MAX_NAME_CHARS = 260;
/** Longest key that clients take. Source: docs/protocol.md, section 5.1. */
const MAX_KEY_CHARS = 256;
/** Longest note. The documented length, which nobody has proven. Source: docs/protocol.md, section 6.1. */
const MAX_USER_METADATA_CHARS = 1_024;
/** Longest policy name that clients take. */
const MAX_RULE_NAME_CHARS = 256;
/** Longest name of a subscription or a resource group. */
const MAX_LABEL_CHARS = 90;
/** Longest name of a plan or an app, with the slot behind it. */
const MAX_RESOURCE_NAME_CHARS = 128;
/** How many tags a resource may have, and how long they may be: Azure Resource Manager's limits. */
const MAX_TAGS = 50;
const MAX_TAG_NAME_CHARS = 512;
const MAX_TAG_VALUE_CHARS = 256;
/** Longest DNS name. */
const MAX_HOST_CHARS = 253;

const text = z.string().min(1, { error: 'must not be empty' });
/** No control characters and no halves of characters: neither is to be seen in a list. */
const line = text.regex(/^[^\p{Cc}\p{Cs}]*$/u, { error: 'must not have control characters' });

/** A host name or an address, without a port. */
export const hostName = z
  .string()
  .max(MAX_HOST_CHARS)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$|^[0-9a-f:.]+$/i, {
    error: 'must be a host name or an IP address, without a port',
  });

export const right = z.enum(['Manage', 'Send', 'Listen']);

export const rights = z.array(right).min(1, { error: 'must have at least one right' });

export const ruleName = line.max(MAX_RULE_NAME_CHARS);

export const key = text.max(MAX_KEY_CHARS);

export const hybridConnectionName = z
  .string()
  .max(MAX_NAME_CHARS)
  .regex(/^[\w.-]+(\/[\w.-]+)*$/, {
    error: 'must be letters, digits and . _ - with single slashes between them',
  })
  // Clients resolve dot segments away before they send the address, so such a name could never be reached.
  .refine((name) => !name.split('/').some((segment) => segment === '.' || segment === '..'), {
    error: 'must not have a segment "." or ".."',
  });

/** Of a DNS name, a machine's name or an IPv4 address, and a port. The Hybrid Connection Manager takes no IPv6 address. */
export const endpoint = z
  .string()
  .max(MAX_HOST_CHARS + ':65535'.length)
  .regex(/^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*[\p{L}\p{N}_.])?:\d{1,5}$/u, { error: 'must be host:port' })
  .refine((value) => isPort(Number(value.slice(value.lastIndexOf(':') + 1))), {
    error: 'must have a port from 1 to 65535',
  });

export const userMetadata = z
  .string()
  .max(MAX_USER_METADATA_CHARS)
  // XML has no way to write them.
  .regex(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u, {
    error: 'must not have control characters',
  });

/** A subscription or a resource group. */
export const label = z
  .string()
  .max(MAX_LABEL_CHARS)
  .regex(/^[\p{L}\p{N}_]([\p{L}\p{N}_.() -]*[\p{L}\p{N}_()-])?$/u, {
    error: 'must be letters, digits and _ - . ( )',
  });

/** A plan or an app; a slot of an app is behind a slash. */
export const resourceName = z
  .string()
  .max(MAX_RESOURCE_NAME_CHARS)
  .regex(/^[\p{L}\p{N}_]([\p{L}\p{N}_.()-]*)(\/[\p{L}\p{N}_][\p{L}\p{N}_.()-]*)*$/u, {
    error: 'must be letters, digits and _ - . ( ), and begin with a letter or a digit',
  });

export const planTier = z.enum(['Basic', 'Standard', 'Premium', 'Isolated']);

export const location = line.max(128);

export const tags = z
  .record(line.max(MAX_TAG_NAME_CHARS), z.string().max(MAX_TAG_VALUE_CHARS))
  .refine((all) => Object.keys(all).length <= MAX_TAGS, { error: `must not be more than ${MAX_TAGS}` });

export const role = z.enum(['reader', 'operator', 'owner']);

export const tokenId = z.string().regex(/^[\w-]{1,64}$/, { error: 'must be letters, digits, _ and -' });

export const tokenName = line.max(128);

/** SHA-256, base64url. */
export const tokenHash = z.string().regex(/^[\w-]{43}$/, { error: 'must be a SHA-256 in base64url' });

/** ISO 8601 in UTC, as `Date.toISOString` writes it. */
export const time = z.iso.datetime({ error: 'must be a time in ISO 8601, UTC' });

/** Whether it is the number of a TCP port that can be dialled. */
function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

/**
 * Reads one member of a change.
 * @param target - what to call it in the message
 * @throws ManagementError `ERR_RELAY_INVALID`. The message does not repeat the value; it may be a key.
 */
export function checked<Output>(schema: z.ZodType<Output>, value: unknown, target: string): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { message } = result.error.issues[0]!;
  throw new ManagementError('ERR_RELAY_INVALID', `${target}: ${message}`, { target });
}
