/**
 * Round trips: a connection to the target's echo.
 * @module
 */
import type net from 'node:net';
import { Service } from './service.js';
import { dial } from './transfer.js';

/** A connection on which one round trip has already been made. */
export class Echo {
  readonly #socket: net.Socket;
  #missing = 0;
  #arrived: () => void = () => undefined;
  #lost: (error: Error) => void = () => undefined;

  /**
   * Connects and makes a round trip of one byte.
   * @param where - `apart` from the target's other services, in a process of its own: that takes longer to open.
   */
  static async open(port: number, where: 'target' | 'apart' = 'target'): Promise<Echo> {
    const echo = new Echo(await dial(port));
    const request = where === 'target' ? [Service.echo, 0] : [Service.echoApart];
    await echo.roundTrip(Uint8Array.from(request), 1);
    return echo;
  }

  private constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.once('close', () => this.#lost(new Error('The connection was lost')));
    socket.on('data', (bytes: Buffer) => {
      this.#missing -= bytes.length;
      if (this.#missing === 0) this.#arrived();
    });
  }

  /** Sends the bytes and waits until as many, or `expected`, are back. */
  roundTrip(bytes: Uint8Array, expected: number = bytes.length): Promise<void> {
    this.#missing = expected;
    return new Promise((resolve, reject) => {
      this.#arrived = resolve;
      this.#lost = reject;
      this.#socket.write(bytes);
    });
  }

  /** Makes `count` round trips, one after the other. @returns how long each took, in microseconds. */
  async times(bytes: Uint8Array, count: number): Promise<number[]> {
    const times: number[] = [];
    for (let i = 0; i < count; i += 1) {
      const start = performance.now();
      await this.roundTrip(bytes);
      times.push((performance.now() - start) * 1000);
    }
    return times;
  }

  close(): void {
    this.#socket.destroy();
  }
}
