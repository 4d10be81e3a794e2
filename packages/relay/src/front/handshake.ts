/**
 * One request to become a WebSocket, read, and what is known of it for logs and answers.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  isRelayError,
  parseUpgradeTarget,
  type Refusal,
  refusals,
  type Tracking,
  type UpgradeTarget,
} from '@hybridge/protocol';
import type { HybridConnection, Namespace } from '../directory/directory.js';
import { handshakeProblem } from './switching-protocols.js';
import { trackingIdFor } from './tracking.js';

/** A handshake. */
export interface Handshake {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** Bytes that came in one piece with the request. */
  readonly head: Buffer;
  readonly target: UpgradeTarget;
  /** The `Host` header. */
  readonly host: string;
  readonly trackingId: string;
  /** Known from the moment that they are found. */
  namespace: Namespace | undefined;
  hybridConnection: HybridConnection | undefined;
}

/** Stands for a request line that could not be read. */
const NOWHERE: UpgradeTarget = { action: 'connect', path: '', rawPath: '/', appQuery: '' };

/** Reads a handshake. One that is not in order comes with the refusal that it gets. */
export function readHandshake(
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): { readonly handshake: Handshake; readonly refusal: Refusal | undefined } {
  let target: UpgradeTarget;
  try {
    target = parseUpgradeTarget(request.url ?? '');
  } catch (error) {
    if (!isRelayError(error)) throw error;
    const refusal =
      error.status === 404
        ? refusals.endpointDoesNotExist(pathOf(request.url))
        : { ...refusals.badRequest(error.message), status: error.status ?? 400 };
    return { handshake: handshakeOf(request, socket, head, NOWHERE), refusal };
  }
  const problem = handshakeProblem(request);
  return {
    handshake: handshakeOf(request, socket, head, target),
    refusal: problem === undefined ? undefined : refusals.badRequest(problem),
  };
}

/** What addresses for a listener begin with that came this way. @param secure - by TLS to this relay itself */
export function baseOf({ host }: Handshake, secure: boolean): string {
  return `${secure ? 'wss' : 'ws'}://${host}`;
}

function handshakeOf(
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  target: UpgradeTarget,
): Handshake {
  return {
    request,
    socket,
    head,
    target,
    host: request.headers.host ?? '',
    trackingId: trackingIdFor(target.id),
    namespace: undefined,
    hybridConnection: undefined,
  };
}

/** What the events of a handshake have in common. */
export function about({ namespace, hybridConnection, trackingId }: Handshake) {
  return { namespace: namespace?.name, hybridConnection: hybridConnection?.name, trackingId };
}

/** What identifies the handshake in an answer to it. @param now - milliseconds since 1970 */
export function trackingOf(handshake: Handshake, now: number): Tracking {
  const { host, target, trackingId, namespace, hybridConnection } = handshake;
  const path = hybridConnection?.name ?? target.path;
  return { trackingId, systemTracker: `sb://${namespace?.name ?? host}/${path}`, timestamp: new Date(now) };
}

/** The path of a request line, without its query: that may hold a token. */
function pathOf(url = ''): string {
  return url.replace(/(\?|%3F).*$/is, '').replace(/^\/+/, '');
}
