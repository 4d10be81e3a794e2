/**
 * A connection string made fit for a log.
 *
 * It keeps what is known to be harmless and drops the rest, so that a slip of the pen (a misspelt key, a wrong
 * separator) does not bring a key to light.
 * @module
 */

const HARMLESS = new Set([
  'endpoint',
  'entitypath',
  'sharedaccesskeyname',
  'operationtimeout',
  'authentication',
]);

/** What stands in the place of a dropped text. */
const MASK = '***';

/** A field's name, as opposed to a key that lost its own. */
const FIELD_NAME = /^\s*[A-Za-z]{1,32}\s*$/;

/** In a harmless value: another field, a token, user info, or as many characters of base64 as a key has. */
const SUSPICIOUS = /[=@]|SharedAccess|[A-Za-z0-9+/]{43}/i;

/**
 * The text with every secret replaced by `***`. Works on text that is no connection string too; never throws.
 *
 * Rather too much is dropped than too little: what is left is the values of `Endpoint`, `EntityPath`,
 * `SharedAccessKeyName`, `OperationTimeout` and `Authentication` where they look like such, and the names of fields.
 */
export function redactConnectionString(text: string): string {
  return text.split(';').map(redactPart).join(';');
}

function redactPart(part: string): string {
  if (part.trim() === '') return part;
  const equals = part.indexOf('=');
  const name = equals < 0 ? '' : part.slice(0, equals);
  if (!FIELD_NAME.test(name)) return MASK;
  const value = part.slice(equals + 1);
  const keep = HARMLESS.has(name.trim().toLowerCase()) && !SUSPICIOUS.test(value);
  return `${name}=${keep ? value : MASK}`;
}
