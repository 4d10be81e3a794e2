/**
 * Leads what a conduit and a parser of frames say to a data channel.
 *
 * The channel has callbacks of the same names for those who use it, so it cannot be their sink itself. One object for both
 * is a fifth of what objects with a closure for each event weigh.
 * @module
 */
import type { FrameSink } from '@hybridge/protocol';
import type { ConduitSink } from './conduit.js';

/** What a channel hears from below. */
export interface Wired {
  receive(bytes: Buffer, start: number, end: number): boolean;
  drained(): void;
  tcpEnded(): void;
  tcpClosed(error: Error | undefined): void;
  receiveFrame(fin: boolean, opcode: number, length: number): void;
  receivePayload(bytes: Buffer, start: number, end: number): void;
  receiveControl(opcode: number, payload: Uint8Array): void;
}

/** The sink of both. */
export class ChannelWiring implements ConduitSink, FrameSink {
  readonly #channel: Wired;

  constructor(channel: Wired) {
    this.#channel = channel;
  }

  onBytes(bytes: Buffer, start: number, end: number): boolean {
    return this.#channel.receive(bytes, start, end);
  }

  onDrain(): void {
    this.#channel.drained();
  }

  onEnd(): void {
    this.#channel.tcpEnded();
  }

  onClose(error: Error | undefined): void {
    this.#channel.tcpClosed(error);
  }

  onFrame(fin: boolean, opcode: number, length: number): void {
    this.#channel.receiveFrame(fin, opcode, length);
  }

  onPayload(bytes: Buffer, start: number, end: number): void {
    this.#channel.receivePayload(bytes, start, end);
  }

  onControl(opcode: number, payload: Uint8Array): void {
    this.#channel.receiveControl(opcode, payload);
  }
}
