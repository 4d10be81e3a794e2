/**
 * What a relay tells of a hybrid connection to whoever has a key for it, read from its Atom document.
 *
 * Source: docs/protocol.md, sections 6.1 (properties) and 6.3 (metadata).
 * @module
 */
import { connectUrl } from '@hybridge/protocol';
import type { Journey } from './journey.js';

/** What a relay tells. */
export interface RuntimeInformation {
  readonly listenerCount: number | undefined;
  readonly requiresClientAuthorization: boolean | undefined;
  /** `host:port`, as the metadata has it. */
  readonly endpoint: string | undefined;
}

/** What marks a request as one to the relay itself. */
export const METADATA = { query: '?api-version=2016-07', headers: { 'X-PROCESS-AT': 'ServiceBus' } } as const;

/** The hybrid connection's path, as it stands in a request. */
export function pathOf({ address }: Journey): string {
  return connectUrl(address, { id: '' }).pathname.slice('/$hc'.length);
}

/** Reads the document. @returns `undefined` when it describes no hybrid connection: so the service says "not found". */
export function readRuntimeInformation(xml: string): RuntimeInformation | undefined {
  if (!/<(?:\w+:)?HybridConnectionDescription[\s>]/.test(xml)) return undefined;
  const count = Number(elementIn(xml, 'ListenerCount') ?? Number.NaN);
  const required = elementIn(xml, 'RequiresClientAuthorization');
  return {
    listenerCount: Number.isInteger(count) ? count : undefined,
    requiresClientAuthorization: required === undefined ? undefined : required.trim() === 'true',
    endpoint: endpointIn(elementIn(xml, 'UserMetadata')),
  };
}

/** The text of the first element of a name; entities are resolved. */
export function elementIn(xml: string, name: string): string | undefined {
  const text = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(xml)?.[1];
  return text?.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w+));/gi, (whole, hex, decimal, word) => {
    if (word !== undefined) return ENTITIES[word] ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The metadata is a list of keys and values in a text; other text may stand there as well. */
function endpointIn(metadata: string | undefined): string | undefined {
  try {
    const items: unknown = JSON.parse(metadata ?? '');
    if (!Array.isArray(items)) return undefined;
    const value: unknown = items.find((item) => /^endpoint$/i.test(String(item?.key)))?.value;
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}
