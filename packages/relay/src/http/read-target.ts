/**
 * Where a sender's HTTP request goes, by its request line and its one `Host`.
 *
 * Source: docs/protocol.md, section 1.3.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { type HttpTarget, isRelayError, parseHttpTarget, type Refusal, refusals } from '@hybridge/protocol';

/** The target, or why there is none. */
export type ReadTarget =
  | { readonly target: HttpTarget; readonly refusal?: never }
  | { readonly target: undefined; readonly refusal: Refusal };

/** Reads it. */
export function readTarget(request: IncomingMessage): ReadTarget {
  // Whoever reads only the first of two hosts, and whoever reads only the last, would not mean the same request.
  if (hostsIn(request.rawHeaders) > 1) {
    return { target: undefined, refusal: refusals.badRequest('there is more than one Host header') };
  }
  try {
    return { target: parseHttpTarget(request.url ?? '') };
  } catch (error) {
    if (!isRelayError(error)) throw error;
    const refusal = { ...refusals.badRequest(error.message), status: error.status ?? 400 };
    return { target: undefined, refusal };
  }
}

function hostsIn(rawHeaders: readonly string[]): number {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return hosts;
}
