/**
 * Why a connection does not open: the steps of `@hybridge/diagnosis`, with a sender's own options.
 *
 * That package is loaded when somebody asks, so an application that only connects never has it in memory.
 * @module
 */
import type { ManagerStepName, RelayStepName, Step } from '@hybridge/diagnosis';
import { SENDER_CONNECT_TIMEOUT_MS } from '@hybridge/protocol';
import type { SenderOptions } from './options.js';

/** What to look at: what `connect()` was given, and how far to go. */
export interface SenderDiagnoseOptions extends SenderOptions {
  /**
   * Opens a connection to the target, and closes it.
   * @defaultValue true
   */
  readonly probe?: boolean | undefined;
  /**
   * How often the way through the tunnel is measured, with `probe`: to a manager of ours and back. With any other listener each
   * is one more connection to the target.
   * @defaultValue 4
   */
  readonly rounds?: number | undefined;
  /**
   * How long each step may take, in milliseconds; the probe has `connectTimeoutMs`.
   * @defaultValue 5_000
   */
  readonly timeoutMs?: number | undefined;
}

/** One step of a sender's diagnosis: a plain value, ready for `JSON.stringify`, without any secret. */
export type DiagnosisStep = Step<RelayStepName | ManagerStepName>;

/**
 * Walks the way that `connect()` takes, step by step: proxy, name, TLS, clock, key, right, listeners, the manager's own findings
 * where it tells them, and a connection to the target. What is broken is the step that failed, with its advice, and is never thrown.
 *
 * @param options - a connection string, or the options of `connect()`
 * @throws TypeError, RangeError, RelayError `ERR_RELAY_ARGUMENT` for options that are a mistake in the program; the reason of `signal`
 */
export async function* diagnose(
  options: string | SenderDiagnoseOptions,
): AsyncGenerator<DiagnosisStep, void, undefined> {
  const given: SenderDiagnoseOptions =
    typeof options === 'object' && options !== null ? options : { connectionString: options };
  const { probe = true, rounds = 4, connectTimeoutMs = SENDER_CONNECT_TIMEOUT_MS } = given;
  const { diagnose: walk } = await import('@hybridge/diagnosis');
  yield* walk({ ...given, right: 'send', probe, rounds, probeTimeoutMs: connectTimeoutMs });
}
