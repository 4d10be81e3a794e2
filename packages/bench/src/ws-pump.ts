/**
 * Bytes between a TCP socket and WebSocket messages, as one would write it with `ws`. Either end closes both.
 * @module
 */
import type net from 'node:net';

/** So much may wait in a WebSocket before its source is paused. */
const WAITING_BYTES = 256 * 1024;

/** The part of `ws`, 1.x as well as 8.x, that is used here. */
export interface Messages {
  on(event: 'message', listener: (data: Buffer) => void): unknown;
  on(event: 'close' | 'error', listener: () => void): unknown;
  send(data: Buffer, options: { binary: boolean }, sent: (error?: Error) => void): void;
  pause(): void;
  resume(): void;
  close(): void;
}

/** Joins the two. */
export function pump(socket: net.Socket, messages: Messages): void {
  sendInto(messages, socket, (send) => socket.on('data', send));
  messages.on('message', (data) => {
    if (!socket.write(data)) messages.pause();
  });
  socket.on('drain', () => messages.resume());
  socket.on('error', () => undefined);
  socket.once('close', () => messages.close());
  socket.once('end', () => messages.close());
  messages.on('close', () => socket.end());
  messages.on('error', () => socket.destroy());
}

/** Sends what a source has, and pauses the source while too much waits. */
export function sendInto(
  messages: Messages,
  source: { pause(): unknown; resume(): unknown },
  onData: (send: (data: Buffer) => void) => unknown,
): void {
  let waiting = 0;
  onData((data) => {
    waiting += data.length;
    if (waiting > WAITING_BYTES) source.pause();
    messages.send(data, { binary: true }, () => {
      const wasFull = waiting > WAITING_BYTES;
      waiting -= data.length;
      if (wasFull && waiting <= WAITING_BYTES) source.resume();
    });
  });
}
