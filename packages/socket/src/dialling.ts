/**
 * One dial: a connection, the request over it, the answer to it, and one time limit over all.
 *
 * While nothing has been asked, a connection that the server ends is let go, and `upgrade` makes another. So it is with a
 * connection that was dialled ahead when it turns out to be closed after the request was written and before a byte of
 * an answer came: the request is made once more, over a fresh one. A server that closes what was silent for too long has
 * not read the request, as a rule; one that had would see it again, and hold an orphan that it soon sees cut.
 *
 * Source: docs/protocol.md, sections 2.1 and 2.2; docs/decisions/0056.
 * @module
 */
import { RelayError, relayErrorFromResponse } from '@hybridge/protocol';
import type { ConnectionPool } from './connection-pool.js';
import { DataChannel } from './data-channel.js';
import type { Dial, Upgraded, UpgradeOptions } from './dial.js';
import type { DialLimits } from './dialler.js';
import { checkUpgrade, formatUpgradeRequest, newKey, type UpgradeRequest } from './handshake.js';
import { proxyTimedOut } from './proxy-connect.js';
import { RefusalBody } from './refusal-body.js';
import { RelayConnection, type RelayConnectionSink } from './relay-connection.js';
import { isSameServer, parseRelayUrl, type RelayUrl } from './relay-url.js';
import { type ResponseHead, ResponseHeadReader } from './response-head.js';
import type { TransportOptions } from './transport.js';

/** As long as a rendezvous address is valid: docs/protocol.md, section 3.1. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** Ours. A refusal is known from its first line; the body only adds words to it, for which nobody should wait long. */
const REFUSAL_BODY_WAIT_MS = 500;

/** What a server says to a connection that was silent for too long. Whatever it was asked meanwhile it did not read. */
const REQUEST_TIMEOUT = 408;

/** The request, and who waits for the answer. */
interface Pending {
  readonly request: UpgradeRequest;
  readonly bytes: Buffer;
  resolve(upgraded: Upgraded): void;
  reject(error: unknown): void;
}

type State =
  /** No request yet; the connection may or may not be there. */
  | { readonly name: 'idle' }
  /** The request goes out as soon as the connection is there. */
  | { readonly name: 'asking'; readonly pending: Pending }
  | { readonly name: 'asked'; readonly pending: Pending; readonly answer: ResponseHeadReader }
  /** Refused; the body is still coming. */
  | {
      readonly name: 'refused';
      readonly pending: Pending;
      readonly head: ResponseHead;
      readonly body: RefusalBody;
    }
  | { readonly name: 'failed'; readonly error: unknown }
  | { readonly name: 'upgraded' };

/** A dial under way. */
export class Dialling implements Dial, RelayConnectionSink {
  readonly #address: RelayUrl;
  readonly #transport: TransportOptions;
  readonly #pool: ConnectionPool | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #timeoutMs: number;
  #state: State = { name: 'idle' };
  #connection: RelayConnection | undefined;
  /** The connection was dialled ahead, so it may be one that the server is tired of. */
  #isPooled = false;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param transport - checked, by `transportOptions`.
   * @param pool - has connections that were dialled ahead, and is told when to dial the next.
   */
  constructor(address: RelayUrl, transport: TransportOptions, limits: DialLimits, pool?: ConnectionPool) {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = limits;
    this.#address = address;
    this.#transport = transport;
    this.#pool = pool;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    if (signal?.aborted) {
      this.#onAbort();
      return;
    }
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    this.#timer = setTimeout(() => this.#onTimeout(), timeoutMs);
    const pooled = pool?.take(address);
    if (pooled === undefined) this.#connect();
    else this.#use(pooled, true);
  }

  upgrade(options: UpgradeOptions = {}): Promise<Upgraded> {
    return new Promise((resolve, reject) => {
      const state = this.#state;
      if (state.name === 'failed') throw state.error;
      if (state.name !== 'idle') throw new RelayError('ERR_RELAY_ARGUMENT', 'upgrade() can be called once');
      try {
        const request = this.#requestFor(options);
        const bytes = formatUpgradeRequest(request);
        this.#state = { name: 'asking', pending: { request, bytes, resolve, reject } };
      } catch (error) {
        this.#fail(error);
        throw error;
      }
      if (this.#connection === undefined) this.#connect();
      else if (this.#connection.isOpen) this.#ask();
    });
  }

  abort(reason?: Error): void {
    if (this.#isSettled) return;
    this.#fail(reason ?? new DOMException('The dial was aborted', 'AbortError'));
  }

  /** @internal The connection is there. */
  onOpen(): void {
    if (this.#state.name === 'asking') this.#ask();
  }

  /** @internal Bytes came; they are lent, so whatever is kept of them is copied. */
  onBytes(bytes: Buffer): boolean {
    const state = this.#state;
    switch (state.name) {
      case 'asked':
        return this.#onAnswer(state.pending, state.answer, bytes);
      case 'refused':
        if (state.body.push(bytes)) this.#refuse(state.pending, state.head, state.body);
        return true;
      default:
        // To a connection that says nothing a server may say 408, and close it.
        this.#letGo();
        return true;
    }
  }

  /** @internal The server ended or lost the connection. */
  onGone(cause: unknown): void {
    const state = this.#state;
    const connection = this.#connection;
    this.#connection = undefined;
    if (state.name === 'refused') this.#refuse(state.pending, state.head, state.body);
    else if (state.name === 'asked' && this.#isPooled && state.answer.isEmpty) this.#askAfresh(state.pending);
    else if (state.name !== 'idle' || connection?.wasOpen !== true) {
      this.#fail(
        cause ?? new RelayError('ERR_RELAY_CUT', 'The relay closed the connection before it answered'),
      );
    }
  }

  get #isSettled(): boolean {
    return this.#state.name === 'failed' || this.#state.name === 'upgraded';
  }

  #requestFor({ url, headers, protocols }: UpgradeOptions): UpgradeRequest {
    const address = url === undefined ? this.#address : parseRelayUrl(url);
    if (!isSameServer(address, this.#address)) {
      throw new RelayError(
        'ERR_RELAY_ARGUMENT',
        'The address to upgrade to is on another server than the one dialled',
      );
    }
    return { target: address.target, host: address.host, key: newKey(), headers, protocols };
  }

  #connect(): void {
    try {
      this.#use(new RelayConnection(this.#address, this.#transport), false);
    } catch (error) {
      this.#fail(error);
    }
  }

  #use(connection: RelayConnection, isPooled: boolean): void {
    connection.sink = this;
    this.#connection = connection;
    this.#isPooled = isPooled;
  }

  #ask(): void {
    if (this.#state.name !== 'asking') return;
    const { pending } = this.#state;
    this.#state = { name: 'asked', pending, answer: new ResponseHeadReader() };
    this.#connection?.write(pending.bytes);
  }

  /** The connection was no good any more; nothing of an answer has been seen. */
  #askAfresh(pending: Pending): void {
    this.#letGo();
    this.#state = { name: 'asking', pending };
    this.#connect();
  }

  #onAnswer(pending: Pending, answer: ResponseHeadReader, bytes: Buffer): boolean {
    try {
      const answered = answer.push(bytes);
      if (answered === undefined) return true;
      const { head, rest } = answered;
      if (head.status !== 101) {
        if (head.status === REQUEST_TIMEOUT && this.#isPooled) this.#askAfresh(pending);
        else this.#onRefusal(pending, head, rest);
        return true;
      }
      const protocol = checkUpgrade(head, pending.request);
      this.#settle({ name: 'upgraded' });
      const { conduit, keepAliveIntervalMs } = this.#connection!;
      const channel = new DataChannel(conduit, rest, {
        ...(keepAliveIntervalMs === undefined ? {} : { keepAliveIntervalMs }),
      });
      pending.resolve({
        channel,
        protocol,
        get headers() {
          return joined(head);
        },
      });
      // Until the channel is started nothing more is read.
      return false;
    } catch (error) {
      this.#fail(error);
      return true;
    }
  }

  #onRefusal(pending: Pending, head: ResponseHead, rest: Buffer): void {
    const body = new RefusalBody(head);
    if (body.push(rest)) {
      this.#refuse(pending, head, body);
      return;
    }
    this.#state = { name: 'refused', pending, head, body };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#refuse(pending, head, body), REFUSAL_BODY_WAIT_MS);
  }

  #refuse(pending: Pending, head: ResponseHead, body: RefusalBody): void {
    this.#state = { name: 'asked', pending, answer: new ResponseHeadReader() };
    this.#fail(relayErrorFromResponse(head.status, head.reason, body.text));
  }

  /** The server did not wait for the request. As nothing was asked yet, `upgrade` can ask over a new connection. */
  #letGo(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.drop();
  }

  readonly #onAbort = (): void => this.#fail(this.#signal?.reason);

  #onTimeout(): void {
    const proxy = this.#connection?.waitsForProxy;
    if (proxy !== undefined) {
      this.#fail(proxyTimedOut(proxy, this.#timeoutMs));
      return;
    }
    const what = this.#connection?.isOpen ? 'did not answer' : 'could not be reached';
    const { host } = this.#address;
    this.#fail(
      new RelayError('ERR_RELAY_TIMEOUT', `The relay at ${host} ${what} within ${this.#timeoutMs} ms`),
    );
  }

  #fail(error: unknown): void {
    const state = this.#state;
    if (this.#isSettled) return;
    this.#settle({ name: 'failed', error });
    this.#connection?.drop(error);
    if ('pending' in state) state.pending.reject(error);
  }

  #settle(state: State): void {
    this.#state = state;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#pool?.keep(this.#address);
  }
}

function joined(head: ResponseHead): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of head.fields)
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  return headers;
}
