/**
 * `socket.connect()` for endpoints that have a route.
 *
 * Node's own `connect` does nearly everything: it is given the crossing's port, and a `lookup` that answers when the tunnel is
 * open, or with why it is not. So the socket is in the state that a socket is in while its name is resolved, with `ref`,
 * `setTimeout`, held back writes and all, and fails as one fails whose name cannot be resolved.
 * @module
 */
import net from 'node:net';
import type { Route } from '../routes/route.js';
import { withoutBlockList } from './block-list.js';
import type { ConnectArguments } from './connect-arguments.js';
import { asConnectError } from './connect-error.js';
import { type Crossing, LOOPBACK } from './crossing.js';
import type { AnyFunction } from './patches.js';

/** What is needed besides. */
export interface RedirectedConnect {
  /** Node's own `connect`. */
  readonly original: AnyFunction;
  readonly crossing: Crossing;
  readonly route: Route;
  /** What the application sees as the peer's address. */
  readonly remoteAddress: string;
}

/** Connects a socket through a route. */
export function connectThrough(
  near: net.Socket,
  { options, onConnect }: ConnectArguments,
  { original, crossing, route, remoteAddress }: RedirectedConnect,
): void {
  const opening = route.openChannel();
  const passage = crossing.passage(near, opening);
  const lookup: net.LookupFunction = (_host, _options, answer) => {
    // Out of the promise before any event: what a listener throws must not become an unhandled rejection.
    opening.opened.then(
      (channel) =>
        process.nextTick(() => {
          if (passage.isOver) {
            channel.abort();
            return;
          }
          try {
            withoutBlockList(near, () => answer(null, LOOPBACK, 4));
          } finally {
            // Also when a listener of the application has thrown: it connects all the same.
            passage.expect(channel);
          }
        }),
      (error) =>
        process.nextTick(() => {
          if (!passage.isOver) answer(asConnectError(error, route), LOOPBACK, 4);
        }),
    );
  };
  // Before all listeners, so that none sees the crossing.
  const onOpen = () => showPeer(near, remoteAddress, route.port);
  near.prependOnceListener('connect', onOpen);
  // An object may be connected again and again, also to somewhere else.
  near.once('close', () => near.off('connect', onOpen));
  if (onConnect !== undefined) near.once('connect', onConnect);
  const connect = (port: number) => {
    original.call(near, { ...options, ...NOT_FOR_LOOPBACK, host: hostFor(route), port, lookup });
    // Whom TLS checks later, when it is put on this socket. Of an IP address Node keeps nothing there.
    if (isIp(route)) (near as unknown as { _host: null })._host = null;
  };
  const { port } = crossing;
  if (port !== undefined) connect(port);
  else connectLater(near, route, crossing, connect);
}

/**
 * Only those that are made in the same turn as the redirection itself have to wait until there is a port. Node's `connect` makes
 * the stream new when it begins, as for a socket that was connected before. So that is done now, and not when it is called
 * at last: what was asked for in the meantime, such as an end, would be lost.
 */
function connectLater(
  near: net.Socket,
  route: Route,
  crossing: Crossing,
  connect: (port: number) => void,
): void {
  const socket = near as unknown as { connecting: boolean; _undestroy?: () => void };
  socket._undestroy?.();
  socket.connecting = true;
  crossing.whenListening((error, port) => {
    if (near.destroyed) return;
    if (error !== undefined) {
      near.destroy(asConnectError(error, route));
      return;
    }
    socket._undestroy = () => undefined;
    try {
      connect(port);
    } finally {
      delete socket._undestroy;
    }
  });
}

/** What an application says of its way to the endpoint, which is not the way to the crossing. */
const NOT_FOR_LOOPBACK = {
  path: undefined,
  family: 4,
  hints: undefined,
  autoSelectFamily: false,
  localAddress: undefined,
  localPort: undefined,
} as const;

function isIp({ host }: Route): boolean {
  return net.isIP(host) !== 0;
}

/** Node looks up what is a name only. */
function hostFor(route: Route): string {
  return isIp(route) ? `hybrid connection ${route.hybridConnection}` : route.host;
}

/** Sets what `remoteAddress` and its like answer, where Node keeps it. Without that they would tell of the crossing. */
function showPeer(near: net.Socket, address: string, port: number): void {
  const peer = { address, port, family: net.isIPv6(address) ? 'IPv6' : 'IPv4' };
  (near as unknown as { _peername: typeof peer })._peername = peer;
}
