/**
 * A server that dials out: it turns what the relay announces to it into sockets and requests.
 *
 * Here is what an application sees of it; `#move` is the only place where its state changes. How it stays online is in
 * `kept-control-channel.ts`, what becomes of a connection in `connections.ts`, of an HTTP request in `requests.ts`.
 *
 * Source: docs/protocol.md, section 2.
 * @module
 */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type FromRelay, RelayError } from '@hybridge/protocol';
import type { HybridConnectionSocket } from '@hybridge/socket';
import { type Arrival, Connections } from './connections.js';
import type { ControlChannel } from './control-channel.js';
import { type Deferred, deferred } from './deferred.js';
import { KeptControlChannel } from './kept-control-channel.js';
import { type ListenerOptions, type ResolvedOptions, resolveOptions } from './options.js';
import { closedByUser } from './relay-failure.js';
import { Requests } from './requests.js';
import type { ListenerEvents, ListenerState } from './state.js';

/** How to close. */
export interface CloseOptions {
  /**
   * How long connections that are open may go on, in milliseconds, before they are cut.
   * @defaultValue 5_000
   */
  readonly graceMs?: number | undefined;
}

const DEFAULT_GRACE_MS = 5_000;

/** How long the control channel may stay open for answers that have no other way yet. Ours: some round trips. */
const LEAVE_MS = 2_000;

/** Answers HTTP requests, as the listeners of `http.Server`'s 'request' do. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Listens on a hybrid connection: like a `net.Server`, but no port is opened. */
export class HybridConnectionListener
  extends EventEmitter<ListenerEvents>
  implements AsyncIterable<Arrival>, AsyncDisposable
{
  /** Names this listener at the relay, for as long as the object lives. */
  readonly id: string;
  readonly #options: ResolvedOptions;
  readonly #connections: Connections;
  readonly #requests: Requests;
  readonly #kept: KeptControlChannel;
  readonly #stop = new AbortController();
  #state: ListenerState = { name: 'idle' };
  #online: Deferred<void> | undefined;
  #living: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /**
   * @param options - a connection string, or options
   * @throws RelayError `ERR_RELAY_ARGUMENT`
   */
  constructor(options: string | ListenerOptions) {
    super({ captureRejections: true });
    this.#options = resolveOptions(options);
    this.id = this.#options.id;
    this.#connections = new Connections({
      options: this.#options,
      emit: (socket, request) => this.#emitConnection(socket, request),
      warn: (problem) => this.#warn(problem),
    });
    this.#requests = new Requests({
      options: this.#options,
      emit: (request, response) => this.emit('request', request, response),
      warn: (problem) => this.#warn(problem),
    });
    this.#kept = new KeptControlChannel({
      options: this.#options,
      signal: this.#stop.signal,
      onState: (state) => this.#move(state),
      onOpen: () => this.#online!.resolve(),
      onMessage: (message, body, channel) => this.#received(message, body, channel),
      onProblem: (problem) => this.#warn(problem),
    });
    const { signal } = this.#options;
    const abort = () => void this.close();
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true, signal: this.#stop.signal });
  }

  /** What the listener is doing. */
  get state(): ListenerState {
    return this.#state;
  }

  /**
   * Starts to listen, once and for all: lost control channels are reopened until {@link close}.
   *
   * Resolves when the relay has taken the listener on for the first time, however long that takes. Rejects when the
   * relay refuses it (401, 403, 404) instead, when a proxy on the way does not take its credentials (407), or when it is
   * closed before.
   */
  listen(): Promise<void> {
    if (this.#online !== undefined) return this.#online.promise;
    this.#online = deferred();
    if (this.#closing === undefined) this.#living = this.#live();
    else this.#online.reject(closedByUser(this.#options.signal?.reason));
    return this.#online.promise;
  }

  /**
   * Hands all HTTP requests to an application: a function that takes a request and a response, as Express's and what Hono's
   * `getRequestListener` makes, or a server that is never told to listen, as Fastify's `server`.
   */
  attach(application: RequestHandler | Server): this {
    if (typeof application === 'function') return this.on('request', application);
    return this.on('request', (request, response) => {
      if (!application.emit('request', request, response)) this.#requests.notTaken(request, response);
    });
  }

  /**
   * Stops accepting, takes leave of the relay, and waits for open connections to finish. Calling it again with a shorter
   * grace shortens the wait.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#shutDown();
    const { graceMs = DEFAULT_GRACE_MS } = options;
    const timer =
      graceMs === Number.POSITIVE_INFINITY
        ? undefined
        : this.#options.clock.setTimer(() => {
            this.#connections.abort();
            this.#requests.abort();
          }, graceMs);
    await this.#closing;
    timer?.cancel();
  }

  /** Closes, when the listener leaves an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /**
   * Connections, one after the other, until the listener is closed. Only those come here that no `'connection'` listener
   * took; up to `maxPending` of them wait.
   */
  [Symbol.asyncIterator](): AsyncIterator<Arrival, undefined> {
    return this.#connections.arrivals[Symbol.asyncIterator]();
  }

  /**
   * Finds out at once whether the relay is still there: an open control channel has three seconds to answer, and a next
   * attempt is not waited for. For whoever has noticed that the network changed or that the machine slept.
   */
  probe(): void {
    this.#kept.probe();
  }

  /** Keeps the process alive as long as the listener listens, which is how it starts. */
  ref(): this {
    this.#kept.ref();
    return this;
  }

  /** Lets the process end although the listener listens. Open connections keep it alive by themselves. */
  unref(): this {
    this.#kept.unref();
    return this;
  }

  /** @internal What an async event listener rejects with. */
  override [EventEmitter.captureRejectionSymbol](error: Error, event: unknown, ...args: unknown[]): void {
    if (event === 'connection') (args[0] as HybridConnectionSocket).destroy(error);
    else if (event === 'request') this.#requests.failed(...(args as ListenerEvents['request']), error);
    else throwLater(error);
  }

  async #live(): Promise<void> {
    const refused = await this.#kept.run();
    if (refused !== undefined) this.#giveUp(refused);
  }

  #received(message: FromRelay, body: Buffer | undefined, channel: ControlChannel): void {
    switch (message.type) {
      case 'accept':
        this.#connections.receive(message);
        break;
      case 'request':
        this.#requests.receive(message, body, channel);
        break;
      case 'requestPointer':
        this.#requests.fetch(message);
        break;
      case 'unrecognized':
        this.#warn(
          new RelayError('ERR_RELAY_PROTOCOL', `The relay sent a message of an unknown kind: ${message.key}`),
        );
        break;
    }
  }

  async #shutDown(): Promise<void> {
    if (this.#state.name === 'closed') return;
    this.#move({ name: 'closing' });
    this.#options.dialler.close();
    if (this.#requests.needControl) await this.#leaveControl();
    this.#stop.abort();
    const reason: unknown = this.#options.signal?.reason;
    // Whoever closes a listener need not be told that it did not get to listen.
    this.#online?.promise.catch(() => undefined);
    this.#online?.reject(closedByUser(reason));
    await Promise.all([this.#connections.stop(), this.#living]);
    await this.#requests.stop();
    this.#move({ name: 'closed' });
  }

  /** Lets the answers that are due find another way than the control channel. */
  async #leaveControl(): Promise<void> {
    const enough = deferred<void>();
    const timer = this.#options.clock.setTimer(() => enough.resolve(), LEAVE_MS);
    await Promise.race([this.#requests.leaveControl(), enough.promise]);
    timer.cancel();
  }

  #giveUp(because: RelayError): void {
    this.#stop.abort();
    this.#options.dialler.close();
    void this.#connections.stop(because);
    this.#online!.reject(because);
    // Whoever listens for the event need not wait for the promise as well.
    if (this.listenerCount('error') > 0) this.#online!.promise.catch(() => undefined);
    this.#move({ name: 'closed', because });
  }

  #move(next: ListenerState): void {
    // Once it is to stop there is no way back; an attempt or a renewal may still be under way.
    const isEnding = this.#state.name === 'closing' || this.#stop.signal.aborted;
    if (isEnding && next.name !== 'closed') return;
    const previous = this.#state.name;
    this.#state = next;
    this.#emit('state', next);
    if (next.name === 'waiting' && previous === 'online') this.#emit('offline', next.because);
    // Whoever heard 'state' may have closed the listener by now.
    if (next !== this.state) return;
    if (next.name === 'online' && previous !== 'online') this.#emit('online');
    if (next.name !== 'closed') return;
    if (next.because !== undefined && this.listenerCount('error') > 0) this.#emit('error', next.because);
    this.#emit('close');
  }

  #emitConnection(...arrival: Arrival): boolean {
    try {
      return this.emit('connection', ...arrival);
    } catch (error) {
      arrival[0].destroy(error as Error);
      return true;
    }
  }

  #warn(problem: unknown): void {
    const error = problem instanceof Error ? problem : new Error(String(problem));
    if (this.listenerCount('warning') > 0) this.#emit('warning', error);
    else process.emitWarning(error);
  }

  /** What an event listener throws is its author's to see, but must not stop the work in progress here. */
  #emit<E extends 'state' | 'online' | 'offline' | 'warning' | 'error' | 'close'>(
    event: E,
    ...args: ListenerEvents[E]
  ): void {
    try {
      (this as EventEmitter).emit(event, ...args);
    } catch (error) {
      throwLater(error);
    }
  }
}

function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}
