/**
 * How a listener says, when it rejects a connection, why its target could not be reached.
 *
 * An extension within the protocol: the reject already carries a status and a description, and the description of
 * ours starts with the word Node has for the failure. Our sender gives that word back as the socket's `code`; any
 * other sender shows the text. Nothing in it names the target: senders need not know hosts behind the listener.
 *
 * Source: docs/protocol.md, "Extensions".
 * @module
 */

/** What to say in the reject. */
export interface TargetFailure {
  /** HTTP status for the sender: 504 when time ran out, 502 otherwise. */
  readonly status: number;
  /** One line, such as `ECONNREFUSED: the target refused the connection`. Names no host and no port. */
  readonly description: string;
}

/**
 * Describes why the target could not be reached.
 * @param error - what dialling the target gave; only its `code` is used. An unknown one becomes `EHOSTUNREACH`.
 */
export function describeTargetFailure(error: unknown): TargetFailure {
  const said = (error as { code?: unknown } | null | undefined)?.code;
  const code = typeof said === 'string' && Object.hasOwn(WORDS, said) ? said : 'EHOSTUNREACH';
  return { status: code === 'ETIMEDOUT' ? 504 : 502, description: `${code}: ${WORDS[code]}` };
}

/**
 * Reads what {@link describeTargetFailure} wrote, from the status line a sender got.
 * @returns the word for the socket's `code`; undefined when the refusal says something else.
 */
export function parseTargetFailure(status: number, reason: string): { readonly code: string } | undefined {
  if (status !== 502 && status !== 504) return undefined;
  const code = /^([A-Z_]{3,16}): /.exec(reason)?.[1];
  return code !== undefined && Object.hasOwn(WORDS, code) ? { code } : undefined;
}

/** A closed set, so that a foreign text which happens to look alike is not taken for one of ours. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the target refused the connection',
  ECONNRESET: 'the target cut the connection',
  ECONNABORTED: 'the connection to the target was abandoned',
  ETIMEDOUT: 'the target did not answer in time',
  EHOSTUNREACH: 'the target could not be reached',
  EHOSTDOWN: 'the host of the target is down',
  ENETUNREACH: 'the network of the target could not be reached',
  ENETDOWN: 'the network of the target is down',
  ENOTFOUND: 'the name of the target is not known',
  EAI_AGAIN: 'the name of the target could not be looked up now',
  EADDRNOTAVAIL: 'no local address or port is left to reach the target',
  EACCES: 'the listener may not connect to the target',
  EPERM: 'the listener may not connect to the target',
  ENOENT: 'the target does not exist',
  EPIPE: 'the target closed the connection',
  EMFILE: 'the listener has no descriptors left',
  ENFILE: 'the listener has no descriptors left',
};
