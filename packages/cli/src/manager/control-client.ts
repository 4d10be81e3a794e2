/**
 * Asks the manager that runs on this machine, by its control socket.
 *
 * Source: what can be asked stands in packages/manager/src/service/api.ts.
 * @module
 */

import { statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import type { ApiError } from '@hybridge/manager';
import { CodedError, controlPlaces, type ServerSentEvent, serverSentEvents } from '@hybridge/service';
import type { Surroundings } from '../surroundings.js';

/** How long an answer may take, in milliseconds: a relay may have to be asked for it. */
const TIMEOUT_MS = 60_000;

/**
 * Stable names for what goes wrong. `…_NOT_RUNNING`: nobody answers; `…_DENIED`: this user, or the policy, may not; `…_NOT_FOUND`:
 * there is no such thing; `…_INVALID`: what was asked cannot be right; `…_REFUSED`: the manager cannot or will not do it.
 */
export type ControlErrorCode =
  | 'ERR_MANAGER_NOT_RUNNING'
  | 'ERR_MANAGER_DENIED'
  | 'ERR_MANAGER_NOT_FOUND'
  | 'ERR_MANAGER_INVALID'
  | 'ERR_MANAGER_REFUSED';

/** A request to the manager that failed. */
export class ControlError extends CodedError<ControlErrorCode> {
  override readonly name = 'ControlError';
}

/** A running manager. */
export class ControlClient {
  /** Where its socket is. */
  readonly socket: string;

  constructor(socket: string) {
    this.socket = socket;
  }

  /** Asks once. @returns what is in the body; `undefined` when there is none. @throws ControlError */
  async ask<Answer>(method: string, path: string, body?: object): Promise<Answer> {
    const response = await this.#send(method, path, { body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    const text = await textOf(response);
    checkStatus(response, text);
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }

  /** What it sends, until it ends or `signal` says so. @throws ControlError */
  async *events(
    method: string,
    path: string,
    { body, signal }: { readonly body?: object; readonly signal: AbortSignal },
  ): AsyncGenerator<ServerSentEvent> {
    try {
      const response = await this.#send(method, path, { body, signal });
      if (response.statusCode !== 200) checkStatus(response, await textOf(response));
      yield* serverSentEvents(response);
    } catch (error) {
      if (signal.aborted) return;
      throw error instanceof ControlError ? error : gone(this.socket, error);
    }
  }

  #send(
    method: string,
    path: string,
    { body, signal }: { readonly body?: object | undefined; readonly signal: AbortSignal },
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const content = body === undefined ? undefined : JSON.stringify(body);
      const asked = request({
        socketPath: this.socket,
        method,
        path,
        signal,
        agent: false,
        headers: {
          Host: 'localhost',
          ...(content !== undefined && {
            'Content-Type': 'application/json',
            'Content-Length': Buffer.byteLength(content),
          }),
        },
      });
      asked.once('response', resolve);
      asked.once('error', (error) => reject(gone(this.socket, error)));
      asked.end(content);
    });
  }
}

/** Finds the manager: at the socket that is given, or where one usually is. @throws ControlError */
export async function reachManager(
  { socket }: { readonly socket?: string | undefined },
  { env }: Pick<Surroundings, 'env'>,
): Promise<ControlClient> {
  const places = controlPlaces({ socket, env });
  let denied: string | undefined;
  for (const place of places) {
    const problem = await problemAt(place);
    if (problem === undefined) return new ControlClient(place);
    if (problem === 'EACCES' || problem === 'EPERM') denied ??= place;
  }
  if (denied !== undefined) {
    throw new ControlError(
      'ERR_MANAGER_DENIED',
      `the manager at ${denied} takes commands from ${ownerOf(denied)} only: run this as that user (sudo)`,
    );
  }
  throw new ControlError(
    'ERR_MANAGER_NOT_RUNNING',
    `no manager is running here: nobody answers at ${places.join(' or ')}; start one with hybridge manager run, or give --socket`,
  );
}

function problemAt(place: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(place);
    socket.once('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => resolve(code));
  });
}

function ownerOf(place: string): string {
  try {
    const { uid } = statSync(place);
    return uid === 0 ? 'root' : uid === userInfo().uid ? 'its owner' : `the user with the number ${uid}`;
  } catch {
    return 'its owner';
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const more of response) text += more;
  return text;
}

const CODES: Readonly<Record<number, ControlErrorCode>> = {
  400: 'ERR_MANAGER_INVALID',
  413: 'ERR_MANAGER_INVALID',
  403: 'ERR_MANAGER_DENIED',
  404: 'ERR_MANAGER_NOT_FOUND',
};

/** @throws ControlError for a refusal */
function checkStatus({ statusCode: status = 0 }: IncomingMessage, text: string): void {
  if (status >= 200 && status < 300) return;
  const told = refusalIn(text);
  const code = told?.code === 'RelayDenied' ? 'ERR_MANAGER_DENIED' : (CODES[status] ?? 'ERR_MANAGER_REFUSED');
  throw new ControlError(code, (told && ourWords(told.message)) ?? `the manager answers with ${status}`);
}

/** A sentence of the manager's, as it goes on after `hybridge:`. Names of members begin with a capital for good. */
function ourWords(message: string): string {
  return message.replace(/\.$/, '').replace(/^[A-Z](?=[a-z]*\b)/, (letter) => letter.toLowerCase());
}

function refusalIn(text: string): ApiError['error'] | undefined {
  try {
    const { error } = JSON.parse(text) as ApiError;
    return typeof error?.message === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

function gone(socket: string, cause: unknown): ControlError {
  const { name, code, message } = cause as NodeJS.ErrnoException;
  const why = name === 'TimeoutError' ? 'no answer in time' : (code ?? message);
  return new ControlError('ERR_MANAGER_NOT_RUNNING', `the manager at ${socket} went away (${why})`, {
    cause,
  });
}
