/**
 * What a log has of a connection's end.
 * @module
 */
import type { SpliceEnd } from '@hybridge/socket';
import type { Log } from '../log.js';

/**
 * Tells why a connection did not open. How an open one ended is between the program and its service: many of those that
 * have said what they wanted reset theirs.
 * @param to - the endpoint
 */
export function tellEnd(
  log: Log,
  to: string,
  { reason, error, bytesToTunnel, bytesFromTunnel }: SpliceEnd,
): void {
  const { code, syscall, cause } = (error ?? {}) as NodeJS.ErrnoException;
  if (reason !== 'tunnel failed' || syscall !== 'connect') {
    log.debug(`connection ended: ${reason}`, { to, bytesToTunnel, bytesFromTunnel, error });
    return;
  }
  const { trackingId } = (cause ?? {}) as { trackingId?: string };
  log.warn(error!.message, { to, code, trackingId });
}
