/**
 * What a relay says of a hybrid connection: where it leads, since when it is there, how many listen.
 *
 * The endpoint is an item of the user metadata, which the portal of App Service writes and the Hybrid Connection Manager
 * reads: `[{"key":"endpoint","value":"db01.corp.example:1433"}]`. That manager lower-cases the whole text before it looks, so the
 * letters of the key do not matter here either, and those of the host come out small.
 *
 * Source: docs/protocol.md, sections 6.1 and 6.3.
 * @module
 */
import type { ClockComparison } from './clock.js';
/** A hybrid connection, as its relay describes it. */
export interface EntityDescription {
  readonly createdAt: Date | undefined;
  readonly updatedAt: Date | undefined;
  /** Whether senders need a token. */
  readonly requiresClientAuthorization: boolean | undefined;
  readonly userMetadata: string | undefined;
  /** How many listeners hold it, of whatever manager. */
  readonly listenerCount: number | undefined;
  /** This machine's clock beside the relay's, if that says what time it is. */
  readonly clock?: ClockComparison | undefined;
}

/** Reads the relay's answer. @returns `undefined` when it is about nothing, or no such document. */
export function parseDescription(xml: string): EntityDescription | undefined {
  if (!/<(?:\w+:)?HybridConnectionDescription[\s>]/.test(xml)) return undefined;
  const count = Number.parseInt(elementIn(xml, 'ListenerCount') ?? '', 10);
  return {
    createdAt: dateOf(elementIn(xml, 'CreatedAt')),
    updatedAt: dateOf(elementIn(xml, 'UpdatedAt')),
    requiresClientAuthorization: BOOLEANS[elementIn(xml, 'RequiresClientAuthorization')?.trim() ?? ''],
    userMetadata: elementIn(xml, 'UserMetadata'),
    listenerCount: Number.isNaN(count) ? undefined : count,
  };
}

/** What user metadata says of the endpoint. */
export interface NamedEndpoint {
  /** In small letters, as it stands there: it may be no `host:port`. */
  readonly endpoint: string | undefined;
  /** Whether the metadata is what it should be, or nothing. */
  readonly isReadable: boolean;
}

/** The endpoint in the user metadata. */
export function endpointIn(userMetadata: string | undefined): NamedEndpoint {
  if (userMetadata === undefined || userMetadata.trim() === '')
    return { endpoint: undefined, isReadable: true };
  let items: unknown;
  try {
    items = JSON.parse(userMetadata.toLowerCase());
  } catch {
    return { endpoint: undefined, isReadable: false };
  }
  const value = Array.isArray(items) ? items.find((item) => item?.key === 'endpoint')?.value : undefined;
  return { endpoint: typeof value === 'string' && value !== '' ? value : undefined, isReadable: true };
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false };

/**
 * The text of the first element of a name; references are resolved. The document is flat and machine-made, so that no
 * more than this is needed of XML. Whatever it is, each character is looked at a few times at most.
 */
export function elementIn(xml: string, name: string): string | undefined {
  const text = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^<>]*)?>([^<]*)<`).exec(xml)?.[1];
  return text?.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, unescaped);
}

function unescaped(written: string, decimal?: string, hex?: string, name?: string): string {
  if (name !== undefined) return NAMED[name.toLowerCase()]!;
  const code = decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal);
  return code <= 0x10_ffff ? String.fromCodePoint(code) : written;
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? undefined : date;
}
