/**
 * What to diagnose, and how far to go.
 * @module
 */
import type { AccessOptions } from '@hybridge/sas';
import type { TransportOptions } from '@hybridge/socket';

/** What the key is to be used for: by a listener or manager, or by an application. */
export type Right = 'listen' | 'send';

/** What to look at. */
export interface DiagnoseOptions extends AccessOptions, TransportOptions {
  /** Whose side this machine is on. */
  readonly right: Right;
  /**
   * For `listen`: opens a real control channel and closes it at once. For that moment it counts as a listener, and a sender
   * may be led to it.
   * @defaultValue false
   */
  readonly register?: boolean | undefined;
  /**
   * For `send`: opens a real connection through the tunnel to the target, and closes it.
   * @defaultValue false
   */
  readonly probe?: boolean | undefined;
  /**
   * For `send`, with `probe`: how often the way through the tunnel is measured, at the end. To a manager of ours and back; with
   * any other listener each is one more connection to the target.
   * @defaultValue 0: there is no such step
   */
  readonly rounds?: number | undefined;
  /** For `send`: what the connection of the probe tells its listener, as with `connect()`: more path, as text. */
  readonly suffix?: string | undefined;
  /** The same: a query. */
  readonly query?: string | undefined;
  /** The same: headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The same: subprotocols, the preferred one first. */
  readonly protocols?: readonly string[] | undefined;
  /**
   * How long each step may take, in milliseconds.
   * @defaultValue 5_000: what takes longer on a working network will not do for a database driver either
   */
  readonly timeoutMs?: number | undefined;
  /**
   * How long the probe may take, in milliseconds.
   * @defaultValue 35_000: the relay gives up after 30 s and says why
   */
  readonly probeTimeoutMs?: number | undefined;
  /** Ends the diagnosis: the generator throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** This machine's clock, in milliseconds since 1970. @defaultValue `Date.now` */
  readonly now?: (() => number) | undefined;
  /** Where proxies are named. @defaultValue `process.env` */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Options with nothing left open. */
export interface Settings extends DiagnoseOptions {
  readonly rounds: number;
  readonly timeoutMs: number;
  readonly probeTimeoutMs: number;
  readonly now: () => number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How long a step may take, in milliseconds. */
export const STEP_TIMEOUT_MS = 5_000;

/** Above the 30 s after which a relay gives up on listeners. Source: docs/protocol.md, section 3.1. */
const PROBE_TIMEOUT_MS = 35_000;

/** As long as a manager answers, with the pauses between. */
const MAX_ROUNDS = 1_000;

/** Node's timers hold no more. */
const MAX_MS = 2 ** 31 - 1;

/** Fills in what was left out. @throws TypeError, RangeError for a mistake in the program, never for a broken set-up. */
export function settingsOf(options: DiagnoseOptions): Settings {
  const { right, rounds = 0, timeoutMs = STEP_TIMEOUT_MS, probeTimeoutMs = PROBE_TIMEOUT_MS } = options;
  if (right !== 'listen' && right !== 'send') throw new TypeError("right must be 'listen' or 'send'");
  checkMilliseconds('timeoutMs', timeoutMs);
  checkMilliseconds('probeTimeoutMs', probeTimeoutMs);
  if (!(Number.isInteger(rounds) && rounds >= 0 && rounds <= MAX_ROUNDS))
    throw new RangeError(`rounds must be a whole number from 0 to ${MAX_ROUNDS}`);
  const { now = () => Date.now(), env = process.env } = options;
  return { ...options, rounds, timeoutMs, probeTimeoutMs, now, env };
}

/** @throws RangeError */
export function checkMilliseconds(name: string, value: number): void {
  if (!(value > 0 && value <= MAX_MS)) {
    throw new RangeError(`${name} must be a number of milliseconds above 0 and below 25 days`);
  }
}
