/**
 * The documents in which a relay speaks of its hybrid connections.
 *
 * .NET clients read them with serializers that insist on namespaces and on the order of elements, so they are written
 * as plain text, in that order.
 *
 * Source: docs/protocol.md, section 6.3.
 * @module
 */

/** Media types of the documents. .NET tells an entry from a feed, which means "not found", by this alone. */
export const AtomType = {
  entry: 'application/atom+xml;type=entry;charset=utf-8',
  feed: 'application/atom+xml;type=feed;charset=utf-8',
  error: 'application/xml;charset=utf-8',
} as const;

/** What is told of a hybrid connection. */
export interface HybridConnectionDescription {
  /** Address of the document itself. */
  readonly url: string;
  readonly name: string;
  /** Name of its namespace. */
  readonly namespace: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly requiresClientAuthorization: boolean;
  readonly userMetadata: string | undefined;
  readonly listenerCount: number;
}

/** The entry of a hybrid connection. */
export function hybridConnectionEntry(about: HybridConnectionDescription): string {
  const url = escapeXml(about.url);
  const created = timestamp(about.createdAt);
  const updated = timestamp(about.updatedAt);
  const { userMetadata } = about;
  return [
    '<entry xmlns="http://www.w3.org/2005/Atom">',
    `<id>${url}</id>`,
    `<title type="text">${escapeXml(about.name)}</title>`,
    `<published>${created}</published>`,
    `<updated>${updated}</updated>`,
    `<author><name>${escapeXml(about.namespace)}</name></author>`,
    `<link rel="self" href="${url}"/>`,
    '<content type="application/xml">',
    '<HybridConnectionDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect"',
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance">',
    `<CreatedAt>${created}</CreatedAt>`,
    `<UpdatedAt>${updated}</UpdatedAt>`,
    `<RequiresClientAuthorization>${about.requiresClientAuthorization}</RequiresClientAuthorization>`,
    userMetadata === undefined ? '' : `<UserMetadata>${escapeXml(userMetadata)}</UserMetadata>`,
    `<ListenerCount>${about.listenerCount}</ListenerCount>`,
    '</HybridConnectionDescription></content></entry>',
  ].join('');
}

/** A feed with nothing in it: what there is to see at an address where no hybrid connection is. */
export function emptyFeed(about: {
  readonly url: string;
  readonly title: string;
  readonly at: Date;
}): string {
  const url = escapeXml(about.url);
  return [
    '<feed xmlns="http://www.w3.org/2005/Atom">',
    `<title type="text">${escapeXml(about.title)}</title>`,
    `<id>${url}</id>`,
    `<updated>${timestamp(about.at)}</updated>`,
    `<link rel="self" href="${url}"/>`,
    '</feed>',
  ].join('');
}

/** Why there is no entry. */
export function atomError(status: number, detail: string): string {
  return `<Error><Code>${status}</Code><Detail>${escapeXml(detail)}</Detail></Error>`;
}

/** Makes any text fit for XML, in an element or in an attribute. What XML has no way to write is left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"'\r]/g, (character) => ESCAPES[character]!);
}

/** A carriage return that stands bare would come out as a line feed. */
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;',
};

function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
