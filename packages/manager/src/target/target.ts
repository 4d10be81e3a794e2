/**
 * The target: the one TCP service that a hybrid connection leads to.
 *
 * A hybrid connection reaches exactly one `host:port`, and nothing that a sender says can change it; this module
 * reads that text and dials it. Its failures keep the codes of `node:net` (`ECONNREFUSED`, `ENOTFOUND` …),
 * because they are what the application gets to see.
 * @module
 */
import { isIPv6, type LookupFunction } from 'node:net';
import { Conduit } from '@hybridge/socket';
import { ManagerConfigError } from '../config/config-error.js';

/** A TCP service. */
export interface Target {
  /** A DNS name, a machine name or an IP address (IPv6 without brackets). */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** How a target is dialled. */
export interface DialTargetOptions {
  /** Milliseconds for name resolution and connecting together; afterwards the dial fails with `ETIMEDOUT`. */
  readonly timeoutMs: number;
  /** Resolves the name, for tests. */
  readonly lookup?: LookupFunction | undefined;
}

/**
 * How long one of several addresses of a name is tried before the next one, in milliseconds.
 *
 * Node's 250 ms give up on addresses that are merely far away, and then report the failure of another one.
 */
const ADDRESS_ATTEMPT_MS = 2_000;

/** How much of what is no target a message repeats. */
const MAX_SHOWN_CHARS = 100;

/**
 * Reads `host:port`; an IPv6 address stands in brackets.
 * @throws ManagerConfigError when the text is anything else.
 */
export function parseTarget(text: string): Target {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,255})):(\d{1,5})$/.exec(text.trim());
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535 || (match?.[1] !== undefined && !isIPv6(host))) {
    // A relay may have said it: nobody reads more of it, and logs had better not keep it.
    const shown = text.length > MAX_SHOWN_CHARS ? `${text.slice(0, MAX_SHOWN_CHARS)}…` : text;
    throw new ManagerConfigError(
      `${JSON.stringify(shown)} is not host:port, such as sql01.corp.example:1433 or 10.0.0.7:1433`,
    );
  }
  return { host, port };
}

/** Writes a target the way {@link parseTarget} reads it. */
export function formatTarget({ host, port }: Target): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** A target that is being dialled. */
export interface TargetDial {
  /**
   * The connection, with nothing read from it yet, Nagle's delay off and half-close on.
   * @throws node's own error, with its `code`; `ETIMEDOUT` when the time is over; what `abort` was given.
   */
  readonly connected: Promise<Conduit>;
  /** Gives up; once it is connected this does nothing. */
  abort(reason: Error): void;
}

/** Begins to connect to the target. */
export function dialTarget(target: Target, { timeoutMs, lookup }: DialTargetOptions): TargetDial {
  const conduit = Conduit.connect({ ...target, lookup, addressAttemptMs: ADDRESS_ATTEMPT_MS });
  let isSettled = false;
  const deadline = setTimeout(() => conduit.destroy(timedOut(target, timeoutMs)), timeoutMs);
  const connected = new Promise<Conduit>((resolve, reject) => {
    conduit.socket.once('connect', () => {
      isSettled = true;
      clearTimeout(deadline);
      resolve(conduit);
    });
    conduit.sink = {
      ...UNREAD,
      onClose: (error) => {
        clearTimeout(deadline);
        reject(error);
      },
    };
  });
  return { connected, abort: (reason) => isSettled || conduit.destroy(reason) };
}

/** Whoever joins the connection reads it; until then the kernel keeps what a talkative server says first. */
const UNREAD = { onBytes: () => false, onDrain: () => undefined, onEnd: () => undefined };

function timedOut(target: Target, timeoutMs: number): NodeJS.ErrnoException {
  const message = `connect ETIMEDOUT ${formatTarget(target)} (no answer within ${timeoutMs} ms)`;
  return Object.assign(new Error(message), { code: 'ETIMEDOUT', syscall: 'connect' });
}
