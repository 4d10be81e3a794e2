/**
 * Opens a socket to a relay: TCP, through a proxy where there is to be one, and TLS where the address says `wss:`.
 *
 * What comes of it speaks HTTP already: for the control channel of a listener and for plain requests. The relay's
 * certificate has been verified by then. `dial.ts` has its own way for connections that need no proxy, which is faster
 * in the long run, and comes here for those that do.
 * @module
 */
import net from 'node:net';
import tls from 'node:tls';
import { CertificateSeen } from './certificate-seen.js';
import { type HttpProxy, proxyFor } from './proxy.js';
import { connectThrough } from './proxy-connect.js';
import type { ProxiedAddress } from './proxy-environment.js';
import { parseRelayUrl } from './relay-url.js';
import type { TransportOptions } from './transport.js';
import { proxyTls, relayTls } from './trust.js';

/** How a socket is opened. */
export interface OpenSocketOptions extends TransportOptions {
  /** Gives up, with the signal's reason. */
  readonly signal: AbortSignal;
}

/** A socket on its way. */
export interface OpeningSocket {
  /**
   * The open socket; not being read.
   * @throws RelayError `ERR_RELAY_PROXY`; Node's own error for name resolution, TCP and TLS; the reason of the signal.
   */
  readonly opened: Promise<net.Socket>;
  /** The proxy that it goes through. */
  readonly proxy: HttpProxy | undefined;
  /** Whether it is the proxy's turn: it is being dialled, or has not answered. */
  readonly isWithProxy: boolean;
  /** Lets the process live as long as the socket does, which is how it starts. */
  ref(): void;
  /** Lets the process end although the socket is open or opening. */
  unref(): void;
}

/**
 * Starts to open a socket.
 * @param url - a `ws:` or `wss:` address, of which host and port count.
 * @throws RelayError `ERR_RELAY_ARGUMENT` when the address or an option makes no sense; `ERR_RELAY_PROXY` when the
 * environment names a proxy that makes none.
 */
export function openSocket(url: string | URL, options: OpenSocketOptions): OpeningSocket {
  const address = parseRelayUrl(url);
  return new Opening(address, proxyFor(address, options.proxy), options);
}

/** The same when it is known whether there is a proxy. */
export class Opening implements OpeningSocket {
  readonly opened: Promise<net.Socket>;
  readonly proxy: HttpProxy | undefined;
  readonly #address: ProxiedAddress;
  readonly #options: OpenSocketOptions;
  #isWithProxy: boolean;
  #socket: net.Socket | undefined;
  #isRef = true;

  constructor(address: ProxiedAddress, proxy: HttpProxy | undefined, options: OpenSocketOptions) {
    this.#address = address;
    this.#options = options;
    this.proxy = proxy;
    this.#isWithProxy = proxy !== undefined;
    this.opened = this.#open(address.secure ? relayTls(options) : undefined);
  }

  get isWithProxy(): boolean {
    return this.#isWithProxy;
  }

  ref(): void {
    this.#isRef = true;
    this.#socket?.ref();
  }

  unref(): void {
    this.#isRef = false;
    this.#socket?.unref();
  }

  async #open(secure: tls.ConnectionOptions | undefined): Promise<net.Socket> {
    const { hostname: host, port } = this.#address;
    const { lookup } = this.#options;
    const through = this.proxy === undefined ? undefined : await this.#throughProxy(this.proxy);
    const common = { host, port, noDelay: true, ...(lookup === undefined ? {} : { lookup }) };
    if (secure === undefined) {
      return through ?? (await this.#connected(net.connect(common), 'connect'));
    }
    const servername = net.isIP(host) === 0 ? { servername: host } : {};
    const socket = tls.connect({
      ...servername,
      ...secure,
      ...common,
      ...(through === undefined ? {} : { socket: through }),
    });
    socket.setNoDelay(true);
    return await this.#connected(socket, 'secureConnect', new CertificateSeen(socket, host));
  }

  async #throughProxy(proxy: HttpProxy): Promise<net.Socket> {
    const { signal, lookup } = this.#options;
    const onSocket = (socket: net.Socket) => this.#adopt(socket);
    const socket = await connectThrough(proxy, this.#address, {
      ...{ tls: proxy.secure ? proxyTls(this.#options) : {}, lookup, signal, onSocket },
    });
    this.#isWithProxy = false;
    return socket;
  }

  #adopt(socket: net.Socket): void {
    this.#socket = socket;
    if (!this.#isRef) socket.unref();
  }

  #connected(
    socket: net.Socket,
    event: 'connect' | 'secureConnect',
    seen?: CertificateSeen,
  ): Promise<net.Socket> {
    this.#adopt(socket);
    const { signal } = this.#options;
    return new Promise((resolve, reject) => {
      const settle = () => {
        signal.removeEventListener('abort', onAbort);
        socket.off(event, onOpen).off('error', onError);
      };
      const onOpen = () => {
        settle();
        resolve(socket);
      };
      const fail = (error: unknown) => {
        settle();
        socket.on('error', () => undefined); // it has been reported
        socket.destroy();
        reject(error);
      };
      const onError = (error: Error) => fail(seen?.explain(error) ?? error);
      const onAbort = () => fail(signal.reason);
      socket.once(event, onOpen).once('error', onError);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }
}
