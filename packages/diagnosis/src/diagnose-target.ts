/**
 * The way from this machine to a target: its name, whether it may be reached, its addresses.
 * @module
 */
import type { LookupFunction } from 'node:net';
import { isOutOfTime, type Limits, within } from './deadline.js';
import { type Address, addressFacts, codeOf, connectTcp, pinned, place, resolve } from './network.js';
import { unconnected, unresolved } from './network-words.js';
import { checkMilliseconds, STEP_TIMEOUT_MS } from './options.js';
import { type Finding, type PlannedStep, type Step, stepOf, type TargetStepName, take } from './step.js';

/** Which target, and how. */
export interface DiagnoseTargetOptions {
  /** A DNS name, a machine name or an IP address (IPv6 without brackets). */
  readonly host: string;
  readonly port: number;
  /**
   * Whether an address may be reached, such as a policy's. @returns why not; `undefined` when it may
   */
  readonly check?: ((host: string, address: string, port: number) => string | undefined) | undefined;
  /** Resolves the name. @defaultValue `dns.lookup`, as for connections */
  readonly lookup?: LookupFunction | undefined;
  /**
   * How long each step may take, in milliseconds.
   * @defaultValue 5_000
   */
  readonly timeoutMs?: number | undefined;
  /** Ends the diagnosis: the generator throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Beyond so many addresses of one name it is about something else. */
const MAX_ADDRESSES = 8;

/**
 * Walks the way from this machine to a TCP service, and yields each step when it is done: the name, the policy, and a
 * step for each address, which are tried at the same time.
 *
 * @throws TypeError, RangeError for options that are a mistake in the program; the reason of `signal`.
 */
export async function* diagnoseTarget(
  options: DiagnoseTargetOptions,
): AsyncGenerator<Step<TargetStepName>, void, undefined> {
  const { host, port, timeoutMs = STEP_TIMEOUT_MS, signal } = options;
  if (typeof host !== 'string' || host === '') throw new TypeError('host must be a name or an address');
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535))
    throw new RangeError('port must be 1 to 65535');
  checkMilliseconds('timeoutMs', timeoutMs);
  const limits = { timeoutMs, signal };
  let addresses: readonly Address[] = [];
  let hasFailed = false;
  const planned: PlannedStep<TargetStepName>[] = [
    {
      name: 'target-dns',
      run: async () => {
        const { finding, found } = await resolved(options, limits);
        addresses = found;
        return finding;
      },
    },
    {
      name: 'target-policy',
      run: () => {
        const { finding, allowed } = permitted(options, addresses);
        addresses = allowed;
        return finding;
      },
    },
  ];
  for await (const step of take(planned)) {
    hasFailed ||= step.outcome === 'failed';
    yield step;
  }
  if (hasFailed) {
    yield stepOf('target-tcp', 0, { outcome: 'skipped', message: 'not reached' });
    return;
  }
  yield* connected(options, addresses, limits);
}

async function resolved(
  { host, lookup }: DiagnoseTargetOptions,
  limits: Limits,
): Promise<{ finding: Finding; found: readonly Address[] }> {
  try {
    const found = (await within(limits, () => resolve(host, lookup))).slice(0, MAX_ADDRESSES);
    const detail = { name: host, addresses: addressFacts(found) };
    if (found.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
    const message =
      found[0]?.address === host
        ? `${host} is an address`
        : `${host}: ${found.map(({ address }) => address).join(', ')}`;
    return { finding: { outcome: 'ok', message, detail }, found };
  } catch (error) {
    if (!(error instanceof Error) || limits.signal?.aborted) throw error;
    const code = codeOf(error);
    const finding = {
      outcome: 'failed',
      ...unresolved(host, code, 'target'),
      detail: { name: host, code },
    } as const;
    return { finding, found: [] };
  }
}

function permitted(
  { host, port, check }: DiagnoseTargetOptions,
  addresses: readonly Address[],
): { finding: Finding; allowed: readonly Address[] } {
  if (check === undefined)
    return { finding: { outcome: 'skipped', message: 'there is no policy' }, allowed: addresses };
  const reasons = addresses.map(({ address }) => check(host, address, port));
  const allowed = addresses.filter((_, index) => reasons[index] === undefined);
  const refused = addresses.flatMap(({ address }, index) => {
    const reason = reasons[index];
    return reason === undefined ? [] : [{ address, reason }];
  });
  const detail = { allowed: addressFacts(allowed), refused };
  if (refused.length === 0)
    return { finding: { outcome: 'ok', message: `${place(host, port)} may be reached`, detail }, allowed };
  const why = refused.map(({ address, reason }) => `${address}: ${reason}`).join('; ');
  return {
    finding: {
      outcome: allowed.length === 0 ? 'failed' : 'warning',
      message: `the policy of this machine forbids ${allowed.length === 0 ? place(host, port) : 'some of its addresses'} (${why})`,
      advice: 'Have the administrator of this machine allow it in the policy file, or use another target',
      detail,
    },
    allowed,
  };
}

/** Connects to each address; one that fails beside one that answers is a warning. */
async function* connected(
  { host, port }: DiagnoseTargetOptions,
  addresses: readonly Address[],
  limits: Limits,
): AsyncGenerator<Step<TargetStepName>, void, undefined> {
  const tries = await Promise.all(addresses.map((address) => tryAddress(address, port, limits)));
  const isReached = tries.some(({ code }) => code === undefined);
  for (const { address, code, durationMs } of tries) {
    const at = place(address, port);
    const detail = { name: host, address, port, code };
    if (code === undefined) {
      yield stepOf('target-tcp', durationMs, { outcome: 'ok', message: `connected to ${at}`, detail });
    } else {
      const words = unconnected(at, code, 'target', limits.timeoutMs);
      yield stepOf('target-tcp', durationMs, { outcome: isReached ? 'warning' : 'failed', ...words, detail });
    }
  }
}

interface Try {
  readonly address: string;
  /** Node's word for the failure, if it was one. */
  readonly code: string | undefined;
  readonly durationMs: number;
}

async function tryAddress({ address, family }: Address, port: number, limits: Limits): Promise<Try> {
  const startedAt = performance.now();
  const ended = (code?: string): Try => ({ address, code, durationMs: performance.now() - startedAt });
  try {
    const lookup = pinned([{ address, family }]);
    const { socket } = await within(limits, (signal) => connectTcp({ host: address, port, lookup }, signal));
    socket.destroy();
    return ended();
  } catch (error) {
    if (!(error instanceof Error) || limits.signal?.aborted) throw error;
    return ended(isOutOfTime(error) ? 'ETIMEDOUT' : codeOf(error));
  }
}
