/**
 * Dials a relay: TCP, a proxy where there is one, TLS where the address says `wss:`, and the WebSocket handshake on top.
 *
 * Connecting starts at once and the handshake when `upgrade` is called, so that a listener can make up its mind in the
 * meantime; should the server lose patience before that, another connection is made. One time limit is over all of it.
 * Whatever goes wrong, and whenever it is aborted, nothing stays open. The request, which may hold a token, is not sent
 * before the server's certificate was verified.
 *
 * Source: docs/protocol.md, sections 1.6, 2.1, 2.2 and 3.5.
 * @module
 */
import type tls from 'node:tls';
import { RelayError, relayErrorFromResponse } from '@hybridge/protocol';
import { CertificateSeen } from './certificate-seen.js';
import { Conduit } from './conduit.js';
import { DataChannel } from './data-channel.js';
import { checkUpgrade, formatUpgradeRequest, newKey, type UpgradeRequest } from './handshake.js';
import { Opening } from './open-socket.js';
import { type HttpProxy, proxyFor } from './proxy.js';
import { proxyTimedOut } from './proxy-connect.js';
import { RefusalBody } from './refusal-body.js';
import { isSameServer, parseRelayUrl, type RelayUrl } from './relay-url.js';
import { type ResponseHead, ResponseHeadReader } from './response-head.js';
import { PROXIED_KEEP_ALIVE_MS, type TransportOptions, transportOptions } from './transport.js';
import { relayTls } from './trust.js';

/** How a relay is dialled. */
export interface DialOptions extends TransportOptions {
  /**
   * Time for everything from the first packet to the answer to the upgrade, in milliseconds.
   * @defaultValue 30_000, as long as a rendezvous address is valid
   */
  readonly timeoutMs?: number | undefined;
  /** Gives up, with the signal's reason, when it is aborted before the upgrade is answered. */
  readonly signal?: AbortSignal | undefined;
}

/** What to ask for. */
export interface UpgradeOptions {
  /** Another path and query on the same server; the dialled address's own when absent. */
  readonly url?: string | URL | undefined;
  /** Further request headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Subprotocols to offer. */
  readonly protocols?: readonly string[] | undefined;
}

/** An answered upgrade. */
export interface Upgraded {
  /** Open and not yet started. */
  readonly channel: DataChannel;
  /** The subprotocol that was agreed on. */
  readonly protocol: string | undefined;
  /** Headers of the answer, names in lower case, repeated ones joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A connection to a relay that is being made. */
export interface Dial {
  /**
   * Asks for the WebSocket; call it once.
   * @throws RelayError by what the relay answered; `ERR_RELAY_TIMEOUT`; `ERR_RELAY_PROTOCOL` for an answer that is not
   * valid; `ERR_RELAY_CUT` when it closed without one; `ERR_RELAY_PROXY`; `ERR_RELAY_ARGUMENT`. Node's own error for
   * name resolution, TCP and TLS, with the issuer of a certificate that was refused. The reason of an abort.
   */
  upgrade(options?: UpgradeOptions): Promise<Upgraded>;
  /** Gives up. A pending or later `upgrade` rejects with `reason`; after an answered one nothing happens. */
  abort(reason?: Error): void;
}

/** As long as a rendezvous address is valid: docs/protocol.md, section 3.1. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** Ours. A refusal is known from its first line; the body only adds words to it, for which nobody should wait long. */
const REFUSAL_BODY_WAIT_MS = 500;

/**
 * Starts to connect.
 * @param url - a `ws:` or `wss:` address. It goes into the request exactly as it is written.
 * @throws RelayError `ERR_RELAY_ARGUMENT` when the address or an option makes no sense.
 */
export function dial(url: string | URL, options: DialOptions = {}): Dial {
  return new Dialling(parseRelayUrl(url), options);
}

interface Pending {
  readonly request: UpgradeRequest;
  resolve(upgraded: Upgraded): void;
  reject(error: unknown): void;
}

type State =
  /** No request yet; the connection may or may not be there. */
  | { readonly name: 'idle' }
  /** The request goes out as soon as the connection is there. */
  | { readonly name: 'asking'; readonly pending: Pending; readonly bytes: Buffer }
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

class Dialling implements Dial {
  readonly #address: RelayUrl;
  readonly #transport: TransportOptions;
  #state: State = { name: 'idle' };
  #connected = false;
  #conduit: Conduit | undefined;
  /** The way through a proxy that is being opened, and what gives it up. */
  #opening: { readonly opening: Opening; readonly attempt: AbortController } | undefined;
  #keepAliveIntervalMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #stopListening: () => void;

  constructor(address: RelayUrl, options: DialOptions) {
    const { signal, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    this.#address = address;
    this.#transport = transportOptions(options);
    const onAbort = () => this.#fail(signal?.reason);
    this.#stopListening = () => signal?.removeEventListener('abort', onAbort);
    if (signal?.aborted) {
      onAbort();
      return;
    }
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#timer = setTimeout(() => this.#onTimeout(timeoutMs), timeoutMs);
    this.#connect();
  }

  async upgrade(options: UpgradeOptions = {}): Promise<Upgraded> {
    const state = this.#state;
    if (state.name === 'failed') throw state.error;
    if (state.name !== 'idle') throw new RelayError('ERR_RELAY_ARGUMENT', 'upgrade() can be called once');
    try {
      const request = this.#requestFor(options);
      const bytes = formatUpgradeRequest(request);
      return await new Promise((resolve, reject) => {
        this.#state = { name: 'asking', pending: { request, resolve, reject }, bytes };
        if (this.#connected) this.#ask();
        else if (this.#conduit === undefined && this.#opening === undefined) this.#connect();
      });
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  abort(reason: Error = new DOMException('The dial was aborted', 'AbortError')): void {
    this.#fail(reason);
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
    let proxy: HttpProxy | undefined;
    try {
      proxy = proxyFor(this.#address, this.#transport.proxy);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#keepAliveIntervalMs =
      this.#transport.keepAliveIntervalMs ?? (proxy === undefined ? undefined : PROXIED_KEEP_ALIVE_MS);
    if (proxy === undefined) this.#connectDirectly();
    else void this.#connectThrough(proxy);
  }

  #connectDirectly(): void {
    const { hostname: host, port, secure } = this.#address;
    const conduit = Conduit.connect({
      ...{ host, port, lookup: this.#transport.lookup },
      tls: secure ? relayTls(this.#transport) : undefined,
    });
    const seen = secure ? new CertificateSeen(conduit.socket as tls.TLSSocket, host) : undefined;
    conduit.socket.once(secure ? 'secureConnect' : 'connect', () => {
      if (this.#conduit === conduit) this.#onConnected();
    });
    this.#use(conduit, seen);
    conduit.start();
  }

  async #connectThrough(proxy: HttpProxy): Promise<void> {
    const attempt = new AbortController();
    const opening = new Opening(this.#address, proxy, { ...this.#transport, signal: attempt.signal });
    this.#opening = { opening, attempt };
    try {
      const socket = await opening.opened;
      this.#opening = undefined;
      if (attempt.signal.aborted) {
        socket.destroy();
        return;
      }
      const conduit = Conduit.adopt(socket);
      this.#use(conduit);
      this.#onConnected();
      conduit.start();
    } catch (error) {
      this.#opening = undefined;
      this.#fail(error);
    }
  }

  #use(conduit: Conduit, seen?: CertificateSeen): void {
    this.#conduit = conduit;
    // Once it has been let go, a conduit has no more to say.
    const ifCurrent = (heard: () => void) => {
      if (this.#conduit === conduit) heard();
    };
    conduit.sink = {
      onBytes: (bytes, start, end) => this.#conduit !== conduit || this.#onBytes(bytes.subarray(start, end)),
      onDrain: () => undefined,
      onEnd: () => ifCurrent(() => this.#onGone(undefined)),
      onClose: (error) => ifCurrent(() => this.#onGone(error && (seen?.explain(error) ?? error))),
    };
  }

  #onConnected(): void {
    this.#connected = true;
    if (this.#state.name === 'asking') this.#ask();
  }

  #ask(): void {
    if (this.#state.name !== 'asking') return;
    const { pending, bytes } = this.#state;
    this.#state = { name: 'asked', pending, answer: new ResponseHeadReader() };
    this.#conduit?.write(bytes);
  }

  /** The bytes are lent, so whatever is kept of them is copied. */
  #onBytes(bytes: Buffer): boolean {
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

  #onAnswer(pending: Pending, answer: ResponseHeadReader, bytes: Buffer): boolean {
    try {
      const answered = answer.push(bytes);
      if (answered === undefined) return true;
      const { head, rest } = answered;
      if (head.status !== 101) {
        this.#onRefusal(pending, head, rest);
        return true;
      }
      const protocol = checkUpgrade(head, pending.request);
      this.#settle();
      this.#state = { name: 'upgraded' };
      const keepAliveIntervalMs = this.#keepAliveIntervalMs;
      const channel = new DataChannel(this.#conduit!, rest, {
        ...(keepAliveIntervalMs === undefined ? {} : { keepAliveIntervalMs }),
      });
      pending.resolve({ channel, protocol, headers: joined(head) });
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

  /** The server ended or lost the connection. */
  #onGone(cause: Error | undefined): void {
    const state = this.#state;
    if (state.name === 'refused') this.#refuse(state.pending, state.head, state.body);
    else if (state.name === 'idle' && this.#connected) this.#letGo();
    else {
      this.#fail(
        cause ?? new RelayError('ERR_RELAY_CUT', 'The relay closed the connection before it answered'),
      );
    }
  }

  /** The server did not wait for the request. As nothing was asked yet, `upgrade` can ask over a new connection. */
  #letGo(): void {
    const conduit = this.#conduit;
    this.#conduit = undefined;
    this.#connected = false;
    conduit?.destroy();
  }

  #onTimeout(timeoutMs: number): void {
    if (this.#opening?.opening.isWithProxy) {
      this.#fail(proxyTimedOut(this.#opening.opening.proxy!, timeoutMs));
      return;
    }
    const what = this.#connected ? 'did not answer' : 'could not be reached';
    const { host } = this.#address;
    this.#fail(new RelayError('ERR_RELAY_TIMEOUT', `The relay at ${host} ${what} within ${timeoutMs} ms`));
  }

  #fail(error: unknown): void {
    const state = this.#state;
    if (state.name === 'failed' || state.name === 'upgraded') return;
    this.#state = { name: 'failed', error };
    this.#settle();
    this.#conduit?.destroy();
    this.#opening?.attempt.abort(error);
    if ('pending' in state) state.pending.reject(error);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#stopListening();
  }
}

function joined(head: ResponseHead): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of head.fields)
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  return headers;
}
