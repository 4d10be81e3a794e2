/**
 * `nodemailer` (SMTP): `getSocket` gives each connection, open. TLS is the driver's, at once or by STARTTLS.
 * @module
 */
import type net from 'node:net';
import { opened, opener, type TunnelSource } from './tunnel-source.js';

/** What `nodemailer` is told. */
export interface NodemailerTunnel {
  readonly getSocket: (options: unknown, given: NodemailerCallback) => void;
}

/** How it is told. */
export type NodemailerCallback = (
  error: Error | null,
  options?: { readonly connection: net.Socket } | false,
) => void;

/**
 * For `nodemailer.createTransport({ host, ...forNodemailer(tunnel), … })`, with `pool` or without. `host` is the name in
 * the server's certificate.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forNodemailer(tunnel: TunnelSource): NodemailerTunnel {
  const open = opener(tunnel);
  return {
    getSocket: (_options, given) => {
      opened(open()).then((connection) => given(null, { connection }), given);
    },
  };
}
