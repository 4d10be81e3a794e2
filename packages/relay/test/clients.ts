/**
 * Plain clients of a relay, for its tests: a listener and a sender on `ws`, and a peer that writes raw bytes.
 *
 * The relay's own tests may not use the project's sender and listener (they lie on the other side of the wire); both
 * together are tested in the conformance package.
 * @module
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import net from 'node:net';
import { type Accept, parseFromRelay } from '@hybridge/protocol';
import { audienceOf, createToken, parseConnectionString } from '@hybridge/sas';
import { type ClientOptions, WebSocket } from 'ws';
import type { RelayServer } from '../src/relay-server.js';

/** What a handshake came to. */
export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a token is made of, where it differs from a good one. */
export interface TokenChanges {
  readonly policy?: string;
  readonly slot?: 'primary' | 'secondary';
  readonly namespace?: string;
  readonly key?: string;
  readonly keyName?: string;
  readonly resource?: string;
  readonly ttlSeconds?: number;
  readonly now?: () => number;
}

/** A token for a hybrid connection of the relay. */
export function tokenFor(relay: RelayServer, hybridConnection: string, changes: TokenChanges = {}): string {
  const { policy, slot, namespace } = changes;
  const connection = parseConnectionString(
    relay.connectionString(hybridConnection, {
      ...(policy && { policy }),
      ...(slot && { key: slot }),
      ...(namespace && { namespace }),
    }),
  );
  return createToken({
    resource: changes.resource ?? audienceOf(connection.endpoint, connection.entityPath),
    keyName: changes.keyName ?? connection.sharedAccessKeyName!,
    key: changes.key ?? connection.sharedAccessKey!,
    ttlSeconds: changes.ttlSeconds ?? 3600,
    ...(changes.now && { now: changes.now }),
  });
}

/** Dials, with `ws`. Resolves with the open socket, or with the answer that refused it. */
export async function dial(
  url: string,
  options: ClientOptions & { readonly protocols?: string[] } = {},
): Promise<WebSocket | Answer> {
  const { protocols = [], ...rest } = options;
  const socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...rest });
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      // What comes together with the 101 would be told before anybody who awaits this can listen.
      socket.pause();
      setImmediate(() => socket.resume());
      resolve(socket);
    });
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      socket.off('error', reject).on('error', () => undefined);
      let body = '';
      response.on('data', (bytes) => {
        body += String(bytes);
      });
      response.on('close', () => socket.terminate());
      response.on('end', () => {
        const { statusCode = 0, statusMessage = '', headers } = response;
        resolve({ status: statusCode, reason: statusMessage, headers, body });
      });
    });
  });
}

/** Dials, and expects to get in. */
export async function open(url: string, options?: Parameters<typeof dial>[1]): Promise<WebSocket> {
  const result = await dial(url, options);
  if (result instanceof WebSocket) return result;
  throw new Error(`refused: ${result.status} ${result.reason}`);
}

/** Dials, and expects to be turned away. */
export async function refused(url: string, options?: Parameters<typeof dial>[1]): Promise<Answer> {
  const result = await dial(url, options);
  if (!(result instanceof WebSocket)) return result;
  result.terminate();
  throw new Error('the relay let it in');
}

/** Options of {@link Listener.start} and {@link connectUrl}. */
export interface Credentials {
  readonly token?: string;
  readonly id?: string;
}

/** The address of a control channel; with a good token unless another one is given. */
export function listenUrl(
  relay: RelayServer,
  name: string,
  { token = tokenFor(relay, name), id }: Credentials = {},
) {
  return `${relay.url}/$hc/${name}?sb-hc-action=listen${idItem(id)}&sb-hc-token=${encodeURIComponent(token)}`;
}

/** The address that a sender dials; with a good token unless another one is given. */
export function connectUrl(
  relay: RelayServer,
  name: string,
  {
    token = tokenFor(relay, name.split('/')[0]!),
    id,
    suffix = '',
    query = '',
  }: Credentials & { suffix?: string; query?: string } = {},
) {
  return `${relay.url}/$hc/${name}${suffix}?${query && `${query}&`}sb-hc-action=connect${idItem(id)}&sb-hc-token=${encodeURIComponent(token)}`;
}

function idItem(id: string | undefined): string {
  return id === undefined ? '' : `&sb-hc-id=${encodeURIComponent(id)}`;
}

/** A listener. Unless told otherwise it accepts, and echoes what comes. */
export class Listener {
  readonly accepts: Accept[] = [];
  readonly tunnels: WebSocket[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;

  private constructor(
    readonly control: WebSocket,
    onAccept: (accept: Accept) => void,
  ) {
    control.on('message', (text) => {
      const message = parseFromRelay(String(text));
      if (message.type !== 'accept') return;
      this.accepts.push(message);
      onAccept(message);
    });
    control.on('error', () => undefined);
    this.closed = once(control, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  }

  /** Opens a control channel, with a good token unless another one is given. */
  static async start(
    relay: RelayServer,
    name: string,
    options: Credentials & { onAccept?: (accept: Accept, listener: Listener) => void } = {},
  ): Promise<Listener> {
    const control = await open(listenUrl(relay, name, options));
    // A sender may be gone when its listener comes; that is the sender's affair.
    const { onAccept = (accept, self) => void self.echo(accept).catch(() => undefined) } = options;
    const listener: Listener = new Listener(control, (accept) => onAccept(accept, listener));
    return listener;
  }

  /** Accepts, and sends back what comes. */
  async echo(accept: Accept, protocols: string[] = []): Promise<WebSocket> {
    const tunnel = await open(accept.address, { protocols });
    this.tunnels.push(tunnel);
    tunnel.on('error', () => undefined);
    tunnel.on('message', (data, binary) => tunnel.send(data, { binary }));
    return tunnel;
  }

  /** The next accept message that comes. */
  async nextAccept(): Promise<Accept> {
    const before = this.accepts.length;
    while (this.accepts.length === before) await once(this.control, 'message');
    return this.accepts[before]!;
  }
}

/** Sends a message and waits for its echo: the tunnel works. */
export async function roundTrip(socket: WebSocket, text = `ping ${Math.random()}`): Promise<void> {
  const echo = once(socket, 'message');
  socket.send(text);
  const [data] = await echo;
  if (String(data) !== text) throw new Error(`expected ${text}, got ${data}`);
}

/** A peer that writes whatever it likes. */
export class RawPeer {
  received = '';
  readonly ended: Promise<string>;

  private constructor(readonly socket: net.Socket) {
    socket.on('data', (bytes) => {
      this.received += bytes.toString('latin1');
    });
    socket.on('error', () => undefined);
    this.ended = once(socket, 'close').then(() => this.received);
  }

  /** Connects to the relay's port, and writes. */
  static async connect(relay: RelayServer, text: string | Uint8Array = ''): Promise<RawPeer> {
    const { hostname, port } = new URL(relay.url);
    const socket = net.connect({ host: hostname, port: Number(port) });
    const peer = new RawPeer(socket);
    await once(socket, 'connect');
    if (text.length > 0) socket.write(text);
    return peer;
  }

  /** The status line, once it is there. */
  async statusLine(): Promise<string> {
    while (!this.received.includes('\r\n')) {
      if (this.socket.destroyed) throw new Error('closed without an answer');
      await Promise.race([once(this.socket, 'data'), once(this.socket, 'close')]);
    }
    return this.received.split('\r\n', 1)[0]!;
  }
}

/** A handshake as text, for {@link RawPeer}. */
export function handshakeText(url: string, headers: Readonly<Record<string, string>> = {}): string {
  const { host, pathname, search } = new URL(url);
  const lines = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'c2FtcGxlLWtleS0wMTIzNA==',
    ...headers,
  };
  const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${pathname}${search} HTTP/1.1\r\n${text.join('')}\r\n`;
}
