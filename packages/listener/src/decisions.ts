/**
 * What nobody may decide about an incoming connection, whether it has a rendezvous of its own or is a stream.
 * @module
 */
import { RelayError } from '@hybridge/protocol';
import type { IncomingConnection } from './incoming-connection.js';

/** @throws RelayError `ERR_RELAY_CLOSED` when it is decided about already, or too late */
export function checkUndecided({ id, state }: Pick<IncomingConnection, 'id' | 'state'>): void {
  if (state !== 'waiting') {
    throw new RelayError('ERR_RELAY_CLOSED', `The incoming connection ${id} is ${state} already`);
  }
}

/** @throws RelayError `ERR_RELAY_ARGUMENT` when the sender has not named the subprotocol */
export function checkOffered(protocol: string, { protocols }: Pick<IncomingConnection, 'protocols'>): void {
  if (!protocols.includes(protocol)) {
    throw new RelayError('ERR_RELAY_ARGUMENT', `The sender did not offer the subprotocol ${protocol}`);
  }
}
