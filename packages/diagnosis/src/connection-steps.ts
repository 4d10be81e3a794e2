/**
 * Name to addresses, and addresses to a connection: to the relay, or to the proxy before it.
 * @module
 */
import { isOutOfTime, within } from './deadline.js';
import type { Journey } from './journey.js';
import { addressFacts, codeOf, connectTcp, pinned, place, resolve } from './network.js';
import { unconnected, unresolved } from './network-words.js';
import type { Fact, Finding } from './step.js';

/** Resolves the name that is dialled. */
export async function resolveName(journey: Journey): Promise<Finding> {
  const { host, peer } = journey.dialled;
  try {
    journey.addresses = await within(journey.limits, () => resolve(host, journey.transport.lookup));
  } catch (error) {
    if (!(error instanceof Error) || journey.settings.signal?.aborted) throw error;
    const code = codeOf(error);
    return { outcome: 'failed', ...unresolved(host, code, peer), detail: { name: host, code } };
  }
  const addresses = journey.addresses.map(({ address }) => address);
  const detail = { name: host, addresses: addressFacts(journey.addresses) };
  if (addresses.length === 0) {
    return {
      outcome: 'failed',
      ...unresolved(host, 'ENOTFOUND', peer),
      detail: { ...detail, code: 'ENOTFOUND' },
    };
  }
  const isAddress = addresses[0] === host;
  return {
    outcome: 'ok',
    message: isAddress ? `${host} is an address` : `${host}: ${addresses.join(', ')}`,
    detail,
  };
}

/** Connects to it. */
export async function connectToIt(journey: Journey): Promise<Finding> {
  const { host, port, peer } = journey.dialled;
  const at = place(host, port);
  const lookup = pinned(journey.addresses);
  try {
    const connected = await within(journey.limits, (signal) => connectTcp({ host, port, lookup }, signal));
    const { socket, address, failed } = connected;
    journey.socket = socket;
    const detail = {
      address,
      port,
      ...(failed.length > 0 && { failed: failed.map((each) => ({ ...each })) }),
    };
    if (failed.length === 0)
      return { outcome: 'ok', message: `connected to ${place(address, port)}`, detail };
    const tried = failed.map((each) => `${each.address} (${each.code})`).join(', ');
    return {
      outcome: 'warning',
      message: `connected to ${place(address, port)}, after ${tried} failed`,
      advice:
        'Every connection loses time on those addresses first: repair the way to them, or take them out of DNS',
      detail,
    };
  } catch (error) {
    if (!(error instanceof Error) || journey.settings.signal?.aborted) throw error;
    const code = isOutOfTime(error) ? 'ETIMEDOUT' : codeOf(error);
    const words = unconnected(at, code, peer, journey.limits.timeoutMs);
    return {
      outcome: 'failed',
      ...words,
      detail: { code, port, addresses: addressFacts(journey.addresses), failed: attemptsIn(error) },
    };
  }
}

/** The failure of each address, where a name has several. */
function attemptsIn(error: Error): Fact | undefined {
  if (!(error instanceof AggregateError)) return undefined;
  return error.errors.map((each) => ({ address: String(each?.address), code: codeOf(each) }));
}
