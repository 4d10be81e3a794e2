/**
 * What rendezvous addresses begin with: scheme, host and port of the relay process that has the sender.
 *
 * It may be settled (`wss://relay.example.net`), or follow the host by which a listener came. A worker that is reached
 * on the same host as the others, by a port of its own, says no more than that port (`:8091`): host and scheme are then
 * those by which the listener came, to whichever worker.
 * @module
 */

/** A URL, `:port`, or `undefined`: as the listener came. */
export type RendezvousBase = string | undefined;

/**
 * Makes the beginning of an address for one listener.
 * @param own - scheme and host by which this listener came
 */
export function resolveBase(base: RendezvousBase, own: string): string {
  if (base === undefined) return own;
  return base.startsWith(':') ? own.replace(/:\d*$/, '') + base : base;
}
