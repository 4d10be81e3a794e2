/**
 * Binds the control socket: for its owner only from the first moment on, in place of one that a dead manager left behind.
 *
 * It is bound in a folder that only its owner can enter, is given its mode there, and is then put in its place, so at no time
 * can others connect. One that somebody answers at is left alone.
 * @module
 */
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { CodedError, listening } from '@hybridge/service';

/**
 * Why there is no control socket. `…_TAKEN`: another manager answers there; `…_PLACE`: nothing can listen there.
 */
export type ControlSocketErrorCode = 'ERR_MANAGER_SOCKET_TAKEN' | 'ERR_MANAGER_SOCKET_PLACE';

/** The control socket cannot be had. */
export class ControlSocketError extends CodedError<ControlSocketErrorCode> {
  override readonly name = 'ControlSocketError';
}

/** Bytes that the address of a socket may have; what is longer would silently be cut off by some systems. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** How a place is taken. */
export interface BindOptions {
  /** Also from somebody who answers there: one that is about to stop. @defaultValue false */
  readonly mayReplace?: boolean | undefined;
}

/**
 * Lets a server listen there.
 * @returns what takes the socket away again, if it is still this one
 * @throws ControlSocketError
 */
export async function bindControlSocket(
  server: Server,
  path: string,
  { mayReplace = false }: BindOptions = {},
): Promise<() => void> {
  if (process.platform === 'win32') return bindPipe(server, path);
  const folder = dirname(path);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    await checkPlace(path, mayReplace);
    const passage = mkdtempSync(join(folder, '.m'));
    try {
      const first = join(passage, 's');
      checkLength(path, first);
      await listening(server, { path: first });
      chmodSync(first, 0o600);
      renameSync(first, path);
    } finally {
      rmSync(passage, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof ControlSocketError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ControlSocketError('ERR_MANAGER_SOCKET_PLACE', `nothing can listen at ${path} (${code})`, {
      cause: error,
    });
  }
  const { ino, dev } = lstatSync(path);
  return () => {
    try {
      const now = lstatSync(path);
      if (now.ino === ino && now.dev === dev) rmSync(path);
    } catch {
      // Somebody took it away already.
    }
  };
}

async function bindPipe(server: Server, path: string): Promise<() => void> {
  try {
    await listening(server, { path });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw taken(path);
    throw new ControlSocketError('ERR_MANAGER_SOCKET_PLACE', `nothing can listen at ${path} (${code})`, {
      cause: error,
    });
  }
  return () => undefined;
}

/** @throws ControlSocketError unless there is nothing, or a socket at which nobody answers */
async function checkPlace(path: string, mayReplace: boolean): Promise<void> {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) {
    throw new ControlSocketError('ERR_MANAGER_SOCKET_PLACE', `${path} is there, and it is no socket`);
  }
  const answer = await answerAt(path);
  if (answer === 'nobody' || (answer === 'somebody' && mayReplace)) return;
  if (answer === 'somebody') throw taken(path);
  throw new ControlSocketError('ERR_MANAGER_SOCKET_PLACE', `${path} belongs to somebody else (${answer})`);
}

function answerAt(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('somebody');
    });
    socket.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT' ? 'nobody' : code);
    });
  });
}

function checkLength(...paths: readonly string[]): void {
  const long = paths.find((path) => Buffer.byteLength(path) > MAX_PATH_BYTES);
  if (long === undefined) return;
  throw new ControlSocketError(
    'ERR_MANAGER_SOCKET_PLACE',
    `the path of the control socket is too long: ${Buffer.byteLength(long)} bytes, and a socket's may have ${MAX_PATH_BYTES}: ` +
      'give --socket with a shorter one',
  );
}

function taken(path: string): ControlSocketError {
  return new ControlSocketError(
    'ERR_MANAGER_SOCKET_TAKEN',
    `another manager answers at ${path}: give --socket, each manager needs one of its own`,
  );
}
