/**
 * The joined connections that ended last.
 * @module
 */
import type { ClosedTunnel } from '../admin/ports.js';
import type { TunnelClosed } from '../events.js';

/** How many are remembered, over all hybrid connections: half a mebibyte. */
const MAX_REMEMBERED = 1_000;

/** Remembers them. */
export class RecentTunnels {
  readonly #ring: (TunnelClosed & { readonly worker?: number })[] = [];
  #next = 0;

  add(closed: TunnelClosed & { readonly worker?: number }): void {
    this.#ring[this.#next] = closed;
    this.#next = (this.#next + 1) % MAX_REMEMBERED;
  }

  /** Newest first. */
  list(filter: {
    readonly namespace?: string | undefined;
    readonly hybridConnection?: string | undefined;
    readonly limit: number;
  }): ClosedTunnel[] {
    const namespace = filter.namespace?.toLowerCase();
    const hybridConnection = filter.hybridConnection?.toLowerCase();
    const inOrder = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].reverse();
    return inOrder
      .filter(
        (each) =>
          (namespace === undefined || each.namespace?.toLowerCase() === namespace) &&
          (hybridConnection === undefined || each.hybridConnection?.toLowerCase() === hybridConnection),
      )
      .slice(0, filter.limit)
      .map(statusOf);
  }
}

function statusOf({
  tunnelId,
  time,
  namespace = '',
  hybridConnection = '',
  worker,
  ...rest
}: TunnelClosed & {
  readonly worker?: number;
}): ClosedTunnel {
  const { trackingId, senderAddress, listenerAddress, durationMs } = rest;
  return {
    id: tunnelId,
    ...{ trackingId, namespace, hybridConnection, senderAddress, listenerAddress },
    openedAt: new Date(time.getTime() - durationMs),
    closedAt: time,
    durationMs,
    bytesFromSender: rest.bytesFromSender,
    bytesFromListener: rest.bytesFromListener,
    reason: rest.reason,
    ...(worker !== undefined && { worker }),
  };
}
