/**
 * How the target of a hybrid connection stands in its note: `[{"key":"endpoint","value":"host:port"}]`.
 *
 * The Hybrid Connection Manager learns its target from the note alone, and App Service writes it there. So the note and
 * the endpoint are kept as one: whoever sets one of them sets both.
 *
 * Source: docs/protocol.md, section 6.1.
 * @module
 */
import { checked, endpoint as endpointGrammar, userMetadata as metadataGrammar } from './grammar.js';
import { ManagementError } from './management-error.js';
import { isSameName } from './names.js';

/** A target and a note. */
export interface Metadata {
  readonly endpoint?: string;
  readonly userMetadata?: string;
}

/** What is wanted of them: `null` takes one away. */
export interface MetadataChange {
  readonly endpoint?: string | null;
  readonly userMetadata?: string | null;
}

interface Item {
  readonly key: string;
  readonly value: unknown;
}

/**
 * What holds after a change.
 *
 * A note that names an endpoint sets it, and one that names none takes it away, unless the change says otherwise. An
 * endpoint is put into a note that is a list; one that is free text stays as it is.
 * @throws ManagementError `ERR_RELAY_INVALID` when either cannot be used, or they say different things.
 */
export function changedMetadata(before: Metadata, { endpoint, userMetadata }: MetadataChange): Metadata {
  if (endpoint === undefined && userMetadata === undefined) return before;
  if (endpoint != null) checked(endpointGrammar, endpoint, 'properties.endpoint');
  if (userMetadata != null) checked(metadataGrammar, userMetadata, 'properties.userMetadata');
  if (userMetadata === undefined) return withEndpoint(before, endpoint ?? undefined);
  if (userMetadata === null) return withEndpoint({}, endpoint ?? undefined);
  const noted = endpointIn(userMetadata);
  if (noted === undefined)
    return endpoint == null ? { userMetadata } : withEndpoint({ userMetadata }, endpoint);
  if (endpoint === undefined || (endpoint !== null && isSameName(endpoint, noted))) {
    return { endpoint: noted, userMetadata };
  }
  throw new ManagementError(
    'ERR_RELAY_INVALID',
    'properties.userMetadata: names another endpoint than properties.endpoint',
    { target: 'properties.userMetadata' },
  );
}

/** The note for an endpoint alone. */
export function metadataFor(endpoint: string): string {
  return JSON.stringify([{ key: 'endpoint', value: endpoint }]);
}

/** The endpoint that a note names; `undefined` when it names none, or one that cannot be used. */
function endpointIn(userMetadata: string): string | undefined {
  const value = itemsOf(userMetadata)?.find(isEndpoint)?.value;
  const result = endpointGrammar.safeParse(value);
  return result.success ? result.data : undefined;
}

function withEndpoint({ userMetadata }: Metadata, endpoint: string | undefined): Metadata {
  const items = userMetadata === undefined ? [] : itemsOf(userMetadata);
  // Free text, which is somebody's, and says nothing of an endpoint.
  if (items === undefined)
    return { userMetadata: userMetadata!, ...(endpoint !== undefined && { endpoint }) };
  const at = items.findIndex(isEndpoint);
  const others = items.filter((item) => !isEndpoint(item));
  if (endpoint === undefined) {
    return others.length === 0 ? {} : { userMetadata: JSON.stringify(others) };
  }
  const item = { ...items[at], key: items[at]?.key ?? 'endpoint', value: endpoint };
  const note = JSON.stringify(others.toSpliced(Math.max(0, at), 0, item));
  return { endpoint, userMetadata: checked(metadataGrammar, note, 'properties.userMetadata') };
}

/** HCM writes the whole note in lower case before it reads it. */
function isEndpoint({ key }: Item): boolean {
  return isSameName(key, 'endpoint');
}

/** The items of a note; `undefined` when it is no list of them. */
function itemsOf(userMetadata: string): readonly Item[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(userMetadata);
  } catch {
    return undefined;
  }
  const isItem = (item: unknown): item is Item =>
    typeof item === 'object' && item !== null && typeof (item as Item).key === 'string';
  return Array.isArray(value) && value.every(isItem) ? value : undefined;
}
