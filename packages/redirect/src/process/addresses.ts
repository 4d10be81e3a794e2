/**
 * Where a process of ours listens.
 * @module
 */

/** An IP address of this machine, and a port. */
export interface ProcessAddress {
  /** IPv6 without brackets. */
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** Tells whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
}
