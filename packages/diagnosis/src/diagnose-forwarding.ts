/**
 * Both halves of a manager's way: from its machine to the relay, and from its machine to the target.
 * @module
 */
import type { LookupFunction } from 'node:net';
import { diagnose } from './diagnose.js';
import { type DiagnoseTargetOptions, diagnoseTarget } from './diagnose-target.js';
import { type Endpoint, readEndpointText } from './endpoint.js';
import type { DiagnoseOptions } from './options.js';
import type { Step } from './step.js';

/** What a manager holds, and where it leads. */
export interface DiagnoseForwardingOptions
  extends Omit<DiagnoseOptions, 'right' | 'probe' | 'rounds' | 'suffix' | 'query' | 'headers' | 'protocols'>,
    Pick<DiagnoseTargetOptions, 'check'> {
  /** Where it leads. @defaultValue the endpoint in the metadata of the hybrid connection */
  readonly target?: Endpoint | undefined;
  /** Resolves the target's name. @defaultValue `dns.lookup` */
  readonly targetLookup?: LookupFunction | undefined;
}

/**
 * Walks from this machine to a hybrid connection as a listener, and to its target. The target is looked at whether or not the
 * relay is reached, as soon as it is known.
 *
 * @throws TypeError, RangeError for options that are a mistake in the program; the reason of `signal`.
 */
export async function* diagnoseForwarding(
  options: DiagnoseForwardingOptions,
): AsyncGenerator<Step, void, undefined> {
  const { target: given, check, targetLookup: lookup, ...relay } = options;
  let target = given;
  for await (const step of diagnose({ ...relay, right: 'listen' })) {
    if (step.name === 'endpoint' && step.outcome === 'ok')
      target ??= readEndpointText(String(step.detail.endpoint));
    yield step;
  }
  if (target === undefined) return;
  const { timeoutMs, signal } = options;
  yield* diagnoseTarget({ ...target, check, lookup, timeoutMs, signal });
}
