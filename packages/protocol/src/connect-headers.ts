/**
 * Which headers of a sender's handshake reach the listener, and in which form.
 *
 * All of them, each name once and in the sender's spelling, except credentials meant for the relay and except an
 * offer of extensions that a listener's WebSocket library would choke on.
 *
 * Source: docs/protocol.md, sections 3.4 (connectHeaders) and 3.5 (extensions).
 * @module
 */

/** What else is to be left out. */
export interface ConnectHeadersOptions {
  /** True when the `Authorization` header was what the relay authenticated the sender by. */
  readonly dropAuthorization: boolean;
}

/**
 * Makes the `connectHeaders` of an accept message.
 *
 * @param rawHeaders - names and values in turn, as Node's `rawHeaders` has them.
 * @returns a string for each name, in the order and spelling of its first appearance; repeats are joined with `, `,
 *   cookies with `; `.
 */
export function connectHeaders(
  rawHeaders: readonly string[],
  options: ConnectHeadersOptions,
): Record<string, string> {
  const headers = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    const value = rawHeaders[i + 1]!;
    const key = name.toLowerCase();
    const known = headers.get(key);
    if (known === undefined) headers.set(key, { name, values: [value] });
    else known.values.push(value);
  }
  headers.delete('servicebusauthorization');
  if (options.dropAuthorization) headers.delete('authorization');
  const offer = headers.get('sec-websocket-extensions');
  if (offer !== undefined && !isDeflateOffer(offer.values.join(', ')))
    headers.delete('sec-websocket-extensions');

  // fromEntries defines properties: a header named __proto__ stays a header.
  return Object.fromEntries(
    Array.from(headers, ([key, { name, values }]) => [name, values.join(key === 'cookie' ? '; ' : ', ')]),
  );
}

/**
 * Whether each item of a `Sec-WebSocket-Extensions` header is a legal offer of permessage-deflate.
 * Old `ws` versions, which hyco-ws runs on, throw on anything else, and the listener's process ends.
 * Source: RFC 7692, section 7.1.
 */
export function isDeflateOffer(value: string): boolean {
  return value.split(',').every((item) => {
    const [name, ...parameters] = item.split(';').map((part) => part.trim());
    const keys = parameters.map((parameter) => parameter.split('=', 1)[0]?.trim());
    return (
      name === 'permessage-deflate' &&
      new Set(keys).size === keys.length &&
      parameters.every((parameter) => LEGAL_PARAMETER.test(parameter))
    );
  });
}

/** Window sizes are 8 to 15, quoted or not; only the client may leave its own open. */
const LEGAL_PARAMETER =
  /^(?:(?:server|client)_no_context_takeover|client_max_window_bits|(?:server|client)_max_window_bits=("?)(?:[89]|1[0-5])\1)$/;
