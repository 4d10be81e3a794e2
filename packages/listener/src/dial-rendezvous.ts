/**
 * Dials the rendezvous addresses that the relay gives out.
 *
 * Source: docs/protocol.md, sections 3.1 and 4.1.
 * @module
 */
import { ACCEPT_TIMEOUT_MS, RelayError } from '@hybridge/protocol';
import type { Dial } from '@hybridge/socket';
import type { ResolvedOptions } from './options.js';

/**
 * Starts to dial.
 * @throws RelayError `ERR_RELAY_PROTOCOL` when the relay leads from TLS to a connection without.
 */
export function dialRendezvous(
  address: string,
  { address: relay, dialler }: Pick<ResolvedOptions, 'address' | 'dialler'>,
): Dial {
  if (relay.secure && !/^wss:/i.test(address)) {
    throw new RelayError(
      'ERR_RELAY_PROTOCOL',
      'The relay wants a rendezvous without TLS, although it is reached with TLS: check its public URL',
    );
  }
  // The time that a handler takes is in it: the address is good for no longer.
  return dialler.dial(address, { timeoutMs: ACCEPT_TIMEOUT_MS });
}
