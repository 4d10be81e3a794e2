/**
 * Asks an HTTP proxy for a way to a host and port, and words what it answers.
 *
 * The credentials are sent with the first request, and to nobody but the proxy. What the proxy passes on right behind
 * its answer is kept: it is the first thing to be read from the socket.
 *
 * Source: RFC 9110, sections 9.3.6 (CONNECT), 11.7 (proxies that authenticate) and 15.5.8 (407).
 * @module
 */
import net from 'node:net';
import tls from 'node:tls';
import { RelayError } from '@hybridge/protocol';
import { CertificateSeen } from './certificate-seen.js';
import { errorWords } from './error-words.js';
import type { HttpProxy } from './proxy.js';
import { type ResponseHead, ResponseHeadReader } from './response-head.js';

/** Where to. */
export interface ProxyTarget {
  /** A name, which the proxy resolves, or an address without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** How to reach the proxy. */
export interface ProxyConnectOptions {
  /** For an `https:` proxy. */
  readonly tls: tls.ConnectionOptions;
  readonly lookup: net.LookupFunction | undefined;
  readonly signal: AbortSignal;
  /** Is given the socket while it is still connecting. */
  readonly onSocket: (socket: net.Socket) => void;
}

/**
 * Opens a connection through a proxy.
 * @returns the socket, open and not being read; its first bytes are those of the other end.
 * @throws RelayError `ERR_RELAY_PROXY`, also when the signal is one of `AbortSignal.timeout`; its reason otherwise.
 */
export function connectThrough(
  proxy: HttpProxy,
  target: ProxyTarget,
  options: ProxyConnectOptions,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const { signal } = options;
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const socket = dialled(proxy, options);
    const seen = socket instanceof tls.TLSSocket ? new CertificateSeen(socket, proxy.host) : undefined;
    const answer = new AnswerReader(socket);
    let asked = false;

    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('readable', onReadable).off('error', onError).off('end', onEnd).off('close', onEnd);
    };
    const fail = (error: unknown) => {
      settle();
      socket.on('error', () => undefined); // it has been reported, whatever else comes of it
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(outOfTime(proxy, signal.reason));
    const onError = (error: Error) => {
      const cause = seen?.explain(error) ?? error;
      const what = asked ? 'broke the connection' : 'cannot be reached';
      fail(failed(`The proxy ${proxy.host} ${what}: ${errorWords(cause)}`, { cause }));
    };
    const onEnd = () => fail(failed(`The proxy ${proxy.host} closed the connection before it answered`));
    const onReadable = () => {
      let head: ResponseHead | undefined;
      try {
        head = answer.read();
      } catch (cause) {
        fail(failed(`${proxy.host} does not answer as an HTTP proxy`, { cause }));
        return;
      }
      if (head === undefined) return;
      if (head.status > 299) {
        fail(refused(proxy, target, head));
        return;
      }
      settle();
      resolve(socket);
    };

    signal.addEventListener('abort', onAbort, { once: true });
    socket.once(proxy.secure ? 'secureConnect' : 'connect', () => {
      asked = true;
      socket.write(request(proxy, target));
    });
    socket.on('readable', onReadable).on('error', onError).on('end', onEnd).on('close', onEnd);
    options.onSocket(socket);
  });
}

/** The time was over while the proxy had the word. */
export function proxyTimedOut(proxy: HttpProxy, timeoutMs: number): RelayError {
  const cause = new DOMException('The time is over', 'TimeoutError');
  return failed(`The proxy ${proxy.host} did not answer within ${timeoutMs} ms`, { cause });
}

/** `AbortSignal.timeout` does not know what it was that took so long. */
function outOfTime(proxy: HttpProxy, reason: unknown): unknown {
  if ((reason as Error | undefined)?.name !== 'TimeoutError') return reason;
  return failed(`The proxy ${proxy.host} did not answer in time`, { cause: reason });
}

function dialled(proxy: HttpProxy, { tls: secure, lookup }: ProxyConnectOptions): net.Socket {
  const { hostname: host, port } = proxy;
  const options = { host, port, noDelay: true, ...(lookup === undefined ? {} : { lookup }) };
  if (!proxy.secure) return net.connect(options);
  const servername = net.isIP(host) === 0 ? { servername: host } : {};
  const socket = tls.connect({ ...servername, ...secure, ...options });
  return socket.setNoDelay(true);
}

function request(proxy: HttpProxy, { hostname, port }: ProxyTarget): Buffer {
  const authority = `${net.isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
  const lines = [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(proxy.authorization === undefined ? [] : [`Proxy-Authorization: ${proxy.authorization}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** Reads from a socket as far as the answer goes. */
class AnswerReader {
  readonly #socket: net.Socket;
  #head = new ResponseHeadReader();

  constructor(socket: net.Socket) {
    this.#socket = socket;
  }

  /** @returns the answer once it is whole; what came behind it is in the socket again. @throws RelayError when it is none. */
  read(): ResponseHead | undefined {
    for (;;) {
      const bytes: Buffer | null = this.#socket.read();
      if (bytes === null) return undefined;
      const answered = this.#head.push(bytes);
      if (answered === undefined) continue;
      const { head, rest } = answered;
      if (rest.length > 0) this.#socket.unshift(rest);
      if (head.status >= 200) return head;
      this.#head = new ResponseHeadReader(); // 100 and the like: the answer is still to come
    }
  }
}

function refused(proxy: HttpProxy, { hostname, port }: ProxyTarget, head: ResponseHead): RelayError {
  const { status } = head;
  // 407 is the word for it; tinyproxy says 401 to credentials that it does not accept.
  if (status === 407 || status === 401) return failed(credentials(proxy, head), { status });
  const said = `${status} ${head.reason}`.replace(/[^\x20-\x7e]+/g, ' ').trim();
  const what = `The proxy ${proxy.host} refused the connection to ${hostname}:${port} (${said.slice(0, 200)})`;
  return failed(`${what}: it has to allow CONNECT to that host and port, and to reach them`, { status });
}

function credentials(proxy: HttpProxy, head: ResponseHead): string {
  const schemes = head
    .all('proxy-authenticate')
    .join(', ')
    .match(/(?<=^|,\s*)[A-Za-z][\w-]*(?=\s|,|$)(?!\s*=)/g);
  if (schemes !== null && !schemes.some((scheme) => scheme.toLowerCase() === 'basic')) {
    const offered = [...new Set(schemes)].join(', ').slice(0, 100);
    return `The proxy ${proxy.host} wants credentials by ${offered}, and only Basic is known here: put a local proxy in between that speaks it`;
  }
  return proxy.authorization === undefined
    ? `The proxy ${proxy.host} wants credentials: give them in its URL, as user:password@ before the host`
    : `The proxy ${proxy.host} does not accept the credentials in its URL`;
}

function failed(message: string, options: ConstructorParameters<typeof RelayError>[2] = {}): RelayError {
  return new RelayError('ERR_RELAY_PROXY', message, options);
}
