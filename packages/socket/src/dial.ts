/**
 * Dials a relay: TCP, TLS where the address says `wss:`, and the WebSocket handshake on top.
 *
 * Connecting starts at once and the handshake when `upgrade` is called, so that a listener can make up its mind in the
 * meantime; should the server lose patience before that, another connection is made. One time limit is over all of it. Whatever goes wrong, and whenever it is aborted, nothing stays open.
 * The request, which may hold a token, is not sent before the server's certificate was verified.
 *
 * Source: docs/protocol.md, sections 1.6, 2.1, 2.2 and 3.5.
 * @module
 */
import type net from 'node:net';
import tls from 'node:tls';
import { RelayError, relayErrorFromResponse } from '@hybridge/protocol';
import { Conduit } from './conduit.js';
import { DataChannel } from './data-channel.js';
import { checkUpgrade, formatUpgradeRequest, newKey, type UpgradeRequest } from './handshake.js';
import { RefusalBody } from './refusal-body.js';
import { isSameServer, parseRelayUrl, type RelayUrl } from './relay-url.js';
import { type ResponseHead, ResponseHeadReader } from './response-head.js';

/** How TLS to the relay is made. Its certificate is always verified unless `rejectUnauthorized` is false. */
export type DialTlsOptions = Readonly<
  Pick<
    tls.ConnectionOptions,
    | 'ca'
    | 'cert'
    | 'checkServerIdentity'
    | 'ciphers'
    | 'key'
    | 'passphrase'
    | 'pfx'
    | 'rejectUnauthorized'
    | 'secureContext'
    | 'servername'
    | 'session'
  > & {
    /** @defaultValue 'TLSv1.2', the least that is accepted */
    minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  }
>;

/** How a relay is dialled. */
export interface DialOptions {
  /** For `wss:`. The server name is the host of the address unless given here. */
  readonly tls?: DialTlsOptions | undefined;
  /**
   * Time for everything from the first packet to the answer to the upgrade, in milliseconds.
   * @defaultValue 30_000, as long as a rendezvous address is valid
   */
  readonly timeoutMs?: number | undefined;
  /** Gives up, with the signal's reason, when it is aborted before the upgrade is answered. */
  readonly signal?: AbortSignal | undefined;
  /** Replaces the resolver of host names. */
  readonly lookup?: net.LookupFunction | undefined;
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
   * valid; `ERR_RELAY_CUT` when it closed without one; `ERR_RELAY_ARGUMENT`. Node's own error for name resolution,
   * TCP and TLS. The reason of an abort.
   */
  upgrade(options?: UpgradeOptions): Promise<Upgraded>;
  /** Gives up. A pending or later `upgrade` rejects with `reason`; after an answered one nothing happens. */
  abort(reason?: Error): void;
}

/** As long as a rendezvous address is valid: docs/protocol.md, section 3.1. */
const DEFAULT_TIMEOUT_MS = 30_000;

/** Ours. A refusal is known from its first line; the body only adds words to it, for which nobody should wait long. */
const REFUSAL_BODY_WAIT_MS = 500;

/** Fastest with hardware support on both ends, and no weaker in practice; Node's order begins with its 256-bit twin. */
const PREFERRED_CIPHER = 'TLS_AES_128_GCM_SHA256';

/**
 * Starts to connect.
 * @param url - a `ws:` or `wss:` address. It goes into the request exactly as it is written.
 * @throws RelayError `ERR_RELAY_ARGUMENT` when the address or an option makes no sense.
 */
export function dial(url: string | URL, options: DialOptions = {}): Dial {
  const address = parseRelayUrl(url);
  return new Dialling(address, address.secure ? secureOptions(options.tls) : undefined, options);
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
  readonly #secure: tls.ConnectionOptions | undefined;
  readonly #lookup: net.LookupFunction | undefined;
  #state: State = { name: 'idle' };
  #connected = false;
  #conduit: Conduit | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #stopListening: () => void;

  constructor(address: RelayUrl, secure: tls.ConnectionOptions | undefined, options: DialOptions) {
    const { signal, lookup, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
    this.#address = address;
    this.#secure = secure;
    this.#lookup = lookup;
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
        else if (this.#conduit === undefined) this.#connect();
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
    const { hostname: host, port, secure } = this.#address;
    const conduit = Conduit.connect({ host, port, tls: this.#secure, lookup: this.#lookup });
    this.#conduit = conduit;
    // Once it has been let go, a conduit has no more to say.
    const ifCurrent = (heard: () => void) => () => {
      if (this.#conduit === conduit) heard();
    };
    conduit.socket.once(
      secure ? 'secureConnect' : 'connect',
      ifCurrent(() => this.#onConnected()),
    );
    conduit.sink = {
      onBytes: (bytes, start, end) => this.#conduit !== conduit || this.#onBytes(bytes.subarray(start, end)),
      onDrain: () => undefined,
      onEnd: ifCurrent(() => this.#onGone(undefined)),
      onClose: (error) => ifCurrent(() => this.#onGone(error))(),
    };
    conduit.start();
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
      const channel = new DataChannel(this.#conduit!, rest);
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
    if ('pending' in state) state.pending.reject(error);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#stopListening();
  }
}

function secureOptions(options: DialTlsOptions = {}): tls.ConnectionOptions {
  const minVersion: string = options.minVersion ?? 'TLSv1.2';
  if (minVersion !== 'TLSv1.2' && minVersion !== 'TLSv1.3') {
    throw new RelayError('ERR_RELAY_ARGUMENT', 'tls.minVersion must be TLSv1.2 or TLSv1.3');
  }
  // Without those that are undefined: one of them would displace the default that it stands for.
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { ciphers: preferring(PREFERRED_CIPHER, tls.DEFAULT_CIPHERS), ...given, minVersion };
}

/** Moves one cipher to the front of Node's list, where it is in the list at all. */
function preferring(cipher: string, list: string): string {
  const rest = list.split(':').filter((name) => name !== cipher);
  return rest.length === list.split(':').length ? list : [cipher, ...rest].join(':');
}

function joined(head: ResponseHead): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null);
  for (const [name, value] of head.fields)
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  return headers;
}
