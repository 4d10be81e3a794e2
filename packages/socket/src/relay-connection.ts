/**
 * A connection to a relay on which nothing has been asked yet: TCP, through a proxy where there is one, and TLS where
 * the address says `wss:`. The server's certificate has been verified when it is open.
 *
 * It is read from the start, since a server that does not want to wait says so by ending it, with or without a 408.
 * Who asks for something over it takes the sink's place, and hears all that follows.
 * @module
 */
import type tls from 'node:tls';
import { CertificateSeen } from './certificate-seen.js';
import { Conduit } from './conduit.js';
import { Opening } from './open-socket.js';
import { type HttpProxy, proxyFor } from './proxy.js';
import type { RelayUrl } from './relay-url.js';
import { PROXIED_KEEP_ALIVE_MS, type TransportOptions } from './transport.js';
import { relayTls } from './trust.js';

/** Who hears what becomes of a connection. Nothing here may throw. */
export interface RelayConnectionSink {
  /** It is open. */
  onOpen(): void;
  /** Bytes came, lent as by a conduit. */
  onBytes(bytes: Buffer): boolean;
  /** The server ended it, or it broke, or it could not be made. Called once, and last. */
  onGone(error: unknown): void;
}

/** The server of an address, for comparing: whether one connection serves two addresses. */
export type Server = Pick<RelayUrl, 'secure' | 'hostname' | 'port'>;

/** A connection, being made from the moment that the object is. */
export class RelayConnection {
  /** Set in the same turn of the event loop. */
  sink!: RelayConnectionSink;
  readonly #server: Server;
  readonly #transport: TransportOptions;
  readonly #proxy: HttpProxy | undefined;
  #conduit: Conduit | undefined;
  /** The way through a proxy that is being opened, and what gives it up. */
  #opening: { readonly opening: Opening; readonly attempt: AbortController } | undefined;
  #isOpen = false;
  #isGone = false;
  #isRef = true;

  /**
   * @param transport - checked, by `transportOptions`.
   * @throws RelayError `ERR_RELAY_PROXY` when the environment names a proxy that makes no sense.
   */
  constructor(server: Server, transport: TransportOptions) {
    this.#server = server;
    this.#transport = transport;
    this.#proxy = proxyFor(server, transport.proxy);
    if (this.#proxy === undefined) this.#connectDirectly();
    else void this.#connectThrough(this.#proxy);
  }

  /** It can be written to. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#isGone;
  }

  /** It was open, and may be no more. */
  get wasOpen(): boolean {
    return this.#isOpen;
  }

  /** The proxy whose turn it is: it is being dialled, or has not answered. */
  get waitsForProxy(): HttpProxy | undefined {
    const opening = this.#opening?.opening;
    return opening?.isWithProxy === true ? opening.proxy : undefined;
  }

  /** How often to ping on it, when nobody says otherwise. */
  get keepAliveIntervalMs(): number | undefined {
    const { keepAliveIntervalMs } = this.#transport;
    return keepAliveIntervalMs ?? (this.#proxy === undefined ? undefined : PROXIED_KEEP_ALIVE_MS);
  }

  /** What the connection is, once it is open. Whoever takes it has to set its sink, and the connection is theirs. */
  get conduit(): Conduit {
    return this.#conduit!;
  }

  write(bytes: Uint8Array): void {
    this.#conduit?.write(bytes);
  }

  /** Lets the process live as long as the connection does, which is how it starts. */
  ref(): void {
    this.#isRef = true;
    this.#conduit?.socket.ref();
    this.#opening?.opening.ref();
  }

  /** Lets the process end although it is there. */
  unref(): void {
    this.#isRef = false;
    this.#conduit?.socket.unref();
    this.#opening?.opening.unref();
  }

  /** Drops it; its sink hears no more. */
  drop(reason?: unknown): void {
    this.#isGone = true;
    this.#conduit?.destroy();
    this.#opening?.attempt.abort(reason);
  }

  #connectDirectly(): void {
    const { hostname: host, port, secure } = this.#server;
    const conduit = Conduit.connect({
      host,
      port,
      lookup: this.#transport.lookup,
      tls: secure ? tlsOf(this.#transport) : undefined,
    });
    const seen = secure ? new CertificateSeen(conduit.socket as tls.TLSSocket, host) : undefined;
    conduit.socket.once(secure ? 'secureConnect' : 'connect', () => this.#onOpen());
    this.#use(conduit, seen);
    conduit.start();
  }

  async #connectThrough(proxy: HttpProxy): Promise<void> {
    const attempt = new AbortController();
    const opening = new Opening(this.#server, proxy, { ...this.#transport, signal: attempt.signal });
    this.#opening = { opening, attempt };
    try {
      const socket = await opening.opened;
      this.#opening = undefined;
      if (attempt.signal.aborted) {
        socket.destroy();
        return;
      }
      const conduit = Conduit.adopt(socket);
      if (!this.#isRef) conduit.socket.unref();
      this.#use(conduit);
      this.#onOpen();
      conduit.start();
    } catch (error) {
      this.#opening = undefined;
      this.#onGone(error);
    }
  }

  #use(conduit: Conduit, seen?: CertificateSeen): void {
    this.#conduit = conduit;
    conduit.sink = {
      onBytes: (bytes, start, end) => this.#isGone || this.sink.onBytes(bytes.subarray(start, end)),
      onDrain: () => undefined,
      onEnd: () => this.#onGone(undefined),
      onClose: (error) => this.#onGone(error && (seen?.explain(error) ?? error)),
    };
  }

  #onOpen(): void {
    if (this.#isGone) return;
    this.#isOpen = true;
    this.sink.onOpen();
  }

  #onGone(error: unknown): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#conduit?.destroy();
    this.sink.onGone(error);
  }
}

const made = new WeakMap<TransportOptions, tls.ConnectionOptions>();

/** Made once for each set of options. */
function tlsOf(transport: TransportOptions): tls.ConnectionOptions {
  const existing = made.get(transport);
  if (existing !== undefined) return existing;
  const options = relayTls(transport);
  made.set(transport, options);
  return options;
}
