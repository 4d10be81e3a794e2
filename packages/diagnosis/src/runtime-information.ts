/**
 * What a relay tells of a hybrid connection to whoever has a key for it, read from its Atom document.
 *
 * Source: docs/protocol.md, sections 6.1 (properties) and 6.3 (metadata).
 * @module
 */
import { connectUrl } from '@hybridge/protocol';
import { endpointIn, parseDescription } from './entity-description.js';
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
  const description = parseDescription(xml);
  if (description === undefined) return undefined;
  const { listenerCount, requiresClientAuthorization, userMetadata } = description;
  const { endpoint } = endpointIn(userMetadata);
  return { listenerCount, requiresClientAuthorization, endpoint };
}
