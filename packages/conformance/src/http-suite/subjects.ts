/**
 * What the HTTP suites ask of a listener and of a sender, whoever wrote it.
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Place } from '../relay-suite/subjects.js';

/** What a handler sees of a request: what all listeners give. */
export interface Asked extends Readable {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** What a handler answers with: what all listeners take. */
export interface Answering {
  statusMessage?: string;
  writeHead(status: number, headers?: Readonly<Record<string, string | readonly string[]>>): unknown;
  write(chunk: Buffer | string): boolean;
  end(chunk?: Buffer | string): unknown;
  once(event: 'drain', listener: () => void): unknown;
}

/** Answers one request. */
export type Handler = (asked: Asked, answering: Answering) => void;

/** A listener that is online. */
export interface RunningHttpListener {
  close(): Promise<void>;
  /** Drops its control channel without a word, and does not come back. */
  die(): void;
}

/** A library that answers HTTP requests. */
export interface HttpListenerSubject {
  readonly name: string;
  /** It sends several values of one header apart; otherwise only the first. */
  readonly sendsLists: boolean;
  listen(place: Place, handler: Handler): Promise<RunningHttpListener>;
}

/** A request, where it differs from a GET. */
export interface Question {
  readonly method?: string;
  /** Behind the hybrid connection's name. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes go with their length, a stream in chunks. */
  readonly body?: Buffer | Readable;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; of several values the first … */
  readonly headers: Readonly<Record<string, string>>;
  /** … except these. */
  readonly setCookie: readonly string[];
  readonly body: Buffer;
}

/** A library that makes HTTP requests. */
export interface HttpSenderSubject {
  readonly name: string;
  /** It can be told the method TRACE; the Fetch standard forbids it. */
  readonly traces: boolean;
  /** Resolves with any answer to its end. Rejects when it is cut short, or there is none. */
  ask(place: Place, question?: Question): Promise<HttpAnswer>;
}
