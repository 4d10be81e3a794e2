/**
 * Bytes for tests: sent, counted, and how a connection ended.
 * @module
 */
import { createHash } from 'node:crypto';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from './deadline.js';

const CHUNK = Buffer.alloc(65_536, 'x');
const OUTCOME_TIMEOUT_MS = 30_000;
const STALLED_MS = 750;

/** Names content. */
export function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Everything until the end. @throws the connection's error. */
export async function received(socket: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await each(socket, (chunk) => chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** How many bytes come until the end. @throws the connection's error. */
export async function count(socket: Duplex): Promise<number> {
  let bytes = 0;
  await each(socket, (chunk) => {
    bytes += chunk.length;
  });
  return bytes;
}

/** Not `for await`, which destroys the stream after its end, and with it the direction that is still open. */
function each(socket: Duplex, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('data', take);
    socket.once('end', resolve);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('The connection closed without an end')));
    socket.resume();
  });
}

/** Sends so many bytes, as fast as they are taken and no faster, and then the end. */
export async function send(socket: Duplex, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes; sent += CHUNK.length) {
    const taken = socket.write(CHUNK.subarray(0, Math.min(CHUNK.length, bytes - sent)));
    if (!taken) await new Promise((resolve) => socket.once('drain', resolve));
  }
  socket.end();
}

/** Sends without end, as fast as it is taken. */
export function flood(socket: Duplex): void {
  const pour = () => {
    while (!socket.destroyed && socket.write(CHUNK));
  };
  socket.on('drain', pour);
  pour();
}

/** Waits until nothing more goes out. */
export async function stalled(socket: Duplex & { readonly bytesWritten: number }): Promise<void> {
  for (let before = -1; before !== socket.bytesWritten; ) {
    before = socket.bytesWritten;
    await sleep(STALLED_MS);
  }
}

/** How the connection ended for its reader: `end`, or the error's code. What comes until then is thrown away. */
export function outcome(socket: Duplex): Promise<string> {
  const ended = new Promise<string>((resolve) => {
    socket.once('end', () => resolve(isHiddenReset(socket) ? 'ECONNRESET' : 'end'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? String(error)));
    socket.once('close', () => resolve('closed'));
  });
  socket.resume();
  return within(ended, OUTCOME_TIMEOUT_MS, 'the connection to end');
}

/** Node reports a reset that arrives together with the last bytes as an end; then there is no peer any more. */
export function isHiddenReset(socket: Duplex): boolean {
  if (!(socket instanceof net.Socket) || socket.writableEnded) return false;
  const { _handle: handle } = socket as unknown as { _handle: { getpeername?(into: object): number } | null };
  return handle?.getpeername !== undefined && handle.getpeername({}) !== 0;
}
