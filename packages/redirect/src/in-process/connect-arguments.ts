/**
 * What `socket.connect()` was called with.
 *
 * Source: Node's documentation of `net.Socket.connect()`, all of whose forms are read here; and what `net.connect()` hands
 * it, a list that is read already.
 * @module
 */
import type net from 'node:net';

/** Where an application wants to connect to by TCP. */
export interface ConnectArguments {
  readonly host: string;
  readonly port: number;
  /** As given; by its port and host alone, where it was called with these. */
  readonly options: net.TcpSocketConnectOpts;
  readonly onConnect: (() => void) | undefined;
}

/** Reads arguments. @returns `undefined` for anything but a TCP connection: a pipe, or what Node will refuse. */
export function readConnectArguments(args: readonly unknown[]): ConnectArguments | undefined {
  const [first] = args;
  const given: readonly unknown[] = Array.isArray(first) ? first : args;
  const [target] = given;
  if (typeof target === 'object' && target !== null) {
    const options = target as net.TcpSocketConnectOpts & { readonly path?: unknown };
    // A path wins over a port.
    if (options.path) return undefined;
    return endpointOf(options, functionIn(given[1]));
  }
  const port = portOf(target);
  if (port === undefined) return undefined;
  const host = typeof given[1] === 'string' ? given[1] : undefined;
  const options = { port, ...(host === undefined ? {} : { host }) };
  return endpointOf(options, functionIn(given.at(-1)));
}

function endpointOf(
  options: net.TcpSocketConnectOpts,
  onConnect: (() => void) | undefined,
): ConnectArguments | undefined {
  const port = portOf(options.port);
  const host = options.host || 'localhost';
  if (port === undefined || typeof host !== 'string') return undefined;
  return { host, port, options, onConnect };
}

function portOf(given: unknown): number | undefined {
  if (typeof given !== 'number' && (typeof given !== 'string' || given.trim() === '')) return undefined;
  const port = Number(given);
  return Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : undefined;
}

function functionIn(given: unknown): (() => void) | undefined {
  return typeof given === 'function' ? (given as () => void) : undefined;
}
