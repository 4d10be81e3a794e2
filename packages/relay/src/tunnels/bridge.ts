/**
 * Joins the two legs of a rendezvous and passes frames from each to the other.
 *
 * A message is never reassembled: what arrives is unmasked where it lies, gets a new header in the room that the mask
 * leaves, and is written from there. Opcodes, message boundaries and order stay; only a frame above 64 KiB becomes
 * several. Pings are answered here, hop by hop. A Close frame ends one direction and is passed on as it is; a TCP
 * connection that ends without one is passed on as a cut. While one leg does not take bytes the other is not read.
 *
 * Source: docs/protocol.md, sections 3.6 (data) and 3.7 (close and half-close).
 * @module
 */
import { CloseCode, encodeClosePayload, Opcode, PING_INTERVAL_MS } from '@hybridge/protocol';
import { type Conduit, Heartbeat } from '@hybridge/socket';
import { BridgeLeg, type BridgeLegEvents } from './bridge-leg.js';

/** A leg that sent nothing for this many pings is gone. .NET sends on its own every 210 s only (section 2.6). */
const SILENT_INTERVALS = 5;

/** How long a leg may take to close TCP after the relay's FIN; npm `ws` 1.x waits 30 s itself (section 3.7). */
const CLOSE_TIMEOUT_MS = 30_000;

/** Why a bridge ended. */
export type BridgeEndReason =
  | 'finished'
  | 'sender cut'
  | 'listener cut'
  | 'sender violated the protocol'
  | 'listener violated the protocol'
  | 'closed by the relay';

/** How a bridge ended. */
export interface BridgeEnd {
  readonly reason: BridgeEndReason;
  readonly error: Error | undefined;
  /** Payload bytes, without frame headers. */
  readonly bytesFromSender: number;
  readonly bytesFromListener: number;
}

/** What a bridge needs to know. */
export interface BridgeOptions {
  /**
   * How often each leg is pinged, in milliseconds.
   * @defaultValue 60_000; every leg, because two clients never ping themselves (docs/protocol.md, section 2.6)
   */
  readonly pingIntervalMs?: number;
  /** Called once, when both legs are gone. */
  readonly onClose: (end: BridgeEnd) => void;
}

/** A joined pair. */
export interface Bridge {
  readonly bytesFromSender: number;
  readonly bytesFromListener: number;
  /** Closes both legs with a Close frame, where one fits between two frames, and then TCP. */
  close(code: number, reason: string): void;
}

/** Joins two upgraded connections. Both belong to the bridge from here on, and are closed when it ends. */
export function bridge(sender: Conduit, listener: Conduit, options: BridgeOptions): Bridge {
  return new Joint(sender, listener, options);
}

class Joint implements Bridge, BridgeLegEvents {
  readonly #sender: BridgeLeg;
  readonly #listener: BridgeLeg;
  readonly #onClose: (end: BridgeEnd) => void;
  readonly #heartbeat: Heartbeat;
  readonly #slot: number;
  #reason: BridgeEndReason | undefined;
  #error: Error | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #open = 2;

  constructor(sender: Conduit, listener: Conduit, options: BridgeOptions) {
    this.#onClose = options.onClose;
    this.#sender = new BridgeLeg(sender, this);
    this.#listener = new BridgeLeg(listener, this);
    this.#sender.peer = this.#listener;
    this.#listener.peer = this.#sender;
    this.#heartbeat = Heartbeat.every(options.pingIntervalMs ?? PING_INTERVAL_MS);
    this.#slot = this.#heartbeat.join(this);
    this.#sender.start();
    this.#listener.start();
  }

  get bytesFromSender(): number {
    return this.#sender.bytesReceived;
  }

  get bytesFromListener(): number {
    return this.#listener.bytesReceived;
  }

  close(code: number, reason: string): void {
    if (this.#reason !== undefined) return;
    const payload = encodeClosePayload(code, reason);
    this.#reason = 'closed by the relay';
    this.#sender.finish(payload);
    this.#listener.finish(payload);
    this.#expectEnd();
  }

  onLegCut(leg: BridgeLeg, error: Error | undefined): void {
    this.#end(`${this.#nameOf(leg)} cut`, error);
  }

  onLegViolation(leg: BridgeLeg, error: Error): void {
    this.#end(`${this.#nameOf(leg)} violated the protocol`, error);
  }

  onLegClosed(): void {
    if (!this.#sender.closeReceived || !this.#listener.closeReceived || this.#reason !== undefined) return;
    this.#reason = 'finished';
    this.#sender.finish(undefined);
    this.#listener.finish(undefined);
    this.#expectEnd();
  }

  /** A leg that failed takes the other with it, as a failure. */
  #end(reason: BridgeEndReason, error: Error | undefined): void {
    const first = this.#reason === undefined;
    this.#reason ??= reason;
    this.#error ??= error;
    if (first && reason.endsWith('violated the protocol')) {
      const [guilty, other] = reason.startsWith('sender')
        ? [this.#sender, this.#listener]
        : [this.#listener, this.#sender];
      guilty.finish(encodeClosePayload(CloseCode.protocolError, error?.message));
      other.cut();
      this.#expectEnd();
    } else {
      this.#sender.cut();
      this.#listener.cut();
    }
  }

  #nameOf(leg: BridgeLeg): 'sender' | 'listener' {
    return leg === this.#sender ? 'sender' : 'listener';
  }

  #expectEnd(): void {
    this.#closeTimer ??= setTimeout(() => {
      this.#sender.cut();
      this.#listener.cut();
    }, CLOSE_TIMEOUT_MS).unref();
  }

  /** The heart beats: each leg is pinged, unless it has been silent for too long. */
  beat(): void {
    for (const [leg, reason] of [
      [this.#sender, 'sender cut'],
      [this.#listener, 'listener cut'],
    ] as const) {
      if (leg.beat() > SILENT_INTERVALS) this.#end(reason, new Error('Nothing was heard for too long'));
      else leg.sendControl(Opcode.ping, new Uint8Array(0));
    }
  }

  onLegGone(): void {
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#heartbeat.leave(this, this.#slot);
    clearTimeout(this.#closeTimer);
    this.#onClose({
      reason: this.#reason ?? 'finished',
      error: this.#error,
      bytesFromSender: this.bytesFromSender,
      bytesFromListener: this.bytesFromListener,
    });
  }
}
