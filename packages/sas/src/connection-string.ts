/**
 * Connection strings: where a relay is, which hybrid connection, and a credential, in one line of text.
 *
 * `Key=Value` joined by `;`. Every problem is reported by the field's name, never with its value.
 *
 * Source: docs/protocol.md, section 5.5.
 * @module
 */
import { parseEndpoint } from './endpoint.js';
import { SasError } from './errors.js';
import { formatOperationTimeout, isOperationTimeout, parseOperationTimeout } from './operation-timeout.js';
import { MAX_NAME_CHARS } from './token.js';

/** A connection string, read. */
export interface ConnectionString {
  /** Where the relay is. */
  readonly endpoint: URL;
  /** Name of the hybrid connection, with no slash at either end. Absent in the string of a namespace. */
  readonly entityPath?: string;
  /** Name of the shared access policy. There exactly when the key is. */
  readonly sharedAccessKeyName?: string;
  /** One of the policy's keys. */
  readonly sharedAccessKey?: string;
  /** A ready-made token, instead of the policy's name and key. */
  readonly sharedAccessSignature?: string;
  /** How long an operation may take, in milliseconds. */
  readonly operationTimeoutMs?: number;
  /** `Managed Identity` or `ManagedIdentity`, as it stands; instead of any of the above credentials. */
  readonly authentication?: string;
}

/** The fields as they are written, in the order in which they are. */
const FIELDS = [
  'Endpoint',
  'SharedAccessKeyName',
  'SharedAccessKey',
  'SharedAccessSignature',
  'EntityPath',
  'OperationTimeout',
  'Authentication',
] as const;
type Field = (typeof FIELDS)[number];

/** A text that can be repeated in an error: the name of a field. Shorter than any generated key. */
const FIELD_NAME = /^[A-Za-z][A-Za-z_. -]{0,31}$/;

/** What stands for a connection string on command lines and in configuration files. */
const REFERENCE = /^(?:file|env):/;

/**
 * Reads a connection string. The case of the keys, their order, white space around keys and values and a final `;`
 * do not matter.
 * @throws SasError `ERR_SAS_CONNECTION_STRING`, and nothing else.
 */
export function parseConnectionString(text: string): ConnectionString {
  const values = valuesOf(text);
  const endpoint = values.get('Endpoint');
  if (endpoint === undefined) throw problem('Endpoint is missing');
  const entityPath = values.get('EntityPath')?.replace(/^\/+|\/+$/g, '');
  if (entityPath === '') throw problem('EntityPath is empty');
  const timeout = values.get('OperationTimeout');
  const operationTimeoutMs = timeout === undefined ? undefined : parseOperationTimeout(timeout);
  if (timeout !== undefined && operationTimeoutMs === undefined) {
    throw problem('OperationTimeout must be hh:mm:ss or a number of seconds, above 0 and below 25 days');
  }
  const read = present({
    endpoint: parseEndpoint(endpoint, 'ERR_SAS_CONNECTION_STRING', 'Endpoint'),
    entityPath,
    sharedAccessKeyName: values.get('SharedAccessKeyName'),
    sharedAccessKey: values.get('SharedAccessKey'),
    sharedAccessSignature: values.get('SharedAccessSignature'),
    operationTimeoutMs,
    authentication: values.get('Authentication'),
  });
  checkCredential(read);
  return read;
}

/**
 * Writes a connection string as portals do: Endpoint, SharedAccessKeyName, SharedAccessKey, EntityPath, in this order
 * and with no final `;`, because some readers insist on both.
 * @throws SasError `ERR_SAS_CONNECTION_STRING` when no text would be read back as the same.
 */
export function formatConnectionString(connection: ConnectionString): string {
  checkCredential(connection);
  const { operationTimeoutMs } = connection;
  if (operationTimeoutMs !== undefined && !isOperationTimeout(operationTimeoutMs)) {
    throw problem('OperationTimeout must be whole milliseconds, above 0 and below 25 days');
  }
  const values: Record<Field, string | undefined> = {
    Endpoint: parseEndpoint(connection.endpoint.href, 'ERR_SAS_CONNECTION_STRING', 'Endpoint').href,
    SharedAccessKeyName: connection.sharedAccessKeyName,
    SharedAccessKey: connection.sharedAccessKey,
    SharedAccessSignature: connection.sharedAccessSignature,
    EntityPath: connection.entityPath,
    OperationTimeout:
      operationTimeoutMs === undefined ? undefined : formatOperationTimeout(operationTimeoutMs),
    Authentication: connection.authentication,
  };
  return FIELDS.flatMap((field) => {
    const value = values[field];
    if (value === undefined) return [];
    if (value === '' || value.trim() !== value || value.includes(';')) {
      throw problem(`${field} cannot be written: it is empty, has a ";" or has white space at an end`);
    }
    return [`${field}=${value}`];
  }).join(';');
}

/** Each field's value by the field's own spelling, none of them empty. */
function valuesOf(text: string): Map<Field, string> {
  if (typeof text !== 'string') throw problem('it is not a text. Is the variable that should hold it set?');
  if (text.trim() === '') throw problem('it is empty. Is the variable that should hold it set?');
  const [reference] = REFERENCE.exec(text.trim()) ?? [];
  if (reference !== undefined) {
    throw problem(
      `it is a reference (${reference}…), which only commands and files follow: give the text itself`,
    );
  }
  if (!text.includes('=')) {
    throw problem(
      'it has no "=", as in Endpoint=…;SharedAccessKeyName=…; for commands, file:PATH names a file with it',
    );
  }
  const values = new Map<Field, string>();
  for (const [index, part] of text.split(';').entries()) {
    if (part.trim() === '') continue;
    // Values hold "=" (base64, tokens), keys never do.
    const equals = part.indexOf('=');
    if (equals < 0) throw problem(`part ${index + 1} has no "="`);
    const key = part.slice(0, equals).trim();
    const value = part.slice(equals + 1).trim();
    const field = FIELDS.find((known) => known.toLowerCase() === key.toLowerCase());
    if (field === undefined) {
      throw problem(
        `${FIELD_NAME.test(key) ? `"${key}"` : `the key of part ${index + 1}`} is not a known key`,
      );
    }
    if (values.has(field)) throw problem(`${field} is there twice`);
    if (value === '') throw problem(`${field} is empty`);
    values.set(field, value);
  }
  return values;
}

/** One credential, and a whole one. */
function checkCredential(connection: ConnectionString): void {
  const { sharedAccessKeyName: name, sharedAccessKey: key, sharedAccessSignature: token } = connection;
  const { authentication } = connection;
  if ((name === undefined) !== (key === undefined)) {
    const missing = key === undefined ? 'SharedAccessKey' : 'SharedAccessKeyName';
    throw problem(`${missing} is missing: SharedAccessKeyName and SharedAccessKey go together`);
  }
  for (const [field, value] of [['SharedAccessKeyName', name] as const, ['SharedAccessKey', key] as const]) {
    if (value !== undefined && value.length > MAX_NAME_CHARS) {
      throw problem(`${field} is longer than ${MAX_NAME_CHARS} characters`);
    }
  }
  if (token !== undefined && key !== undefined) {
    throw problem(
      'SharedAccessSignature takes the place of SharedAccessKeyName and SharedAccessKey: give one of the two',
    );
  }
  if (authentication === undefined) return;
  if (!/^Managed ?Identity$/i.test(authentication))
    throw problem('Authentication can only be "Managed Identity"');
  if (token !== undefined || key !== undefined) {
    throw problem('Authentication takes the place of a key or a signature: give one of them');
  }
}

/** The object without the members that are `undefined`: absent and undefined are not the same to a reader. */
function present(
  members: { [K in keyof ConnectionString]-?: ConnectionString[K] | undefined },
): ConnectionString {
  const entries = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as ConnectionString;
}

function problem(why: string): SasError {
  return new SasError('ERR_SAS_CONNECTION_STRING', `The connection string cannot be used: ${why}`);
}
