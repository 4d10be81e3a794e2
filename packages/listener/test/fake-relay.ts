/**
 * The least of a relay that a listener can be tested against, and one that can be told to misbehave.
 *
 * It is written apart from the real one, from docs/protocol.md, so that both are not wrong in the same way.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

/** How a listener met a sender. */
export type Meeting =
  | { readonly accepted: true; readonly webSocket: WebSocket; readonly protocol: string }
  | { readonly accepted: false; readonly status: number; readonly description: string };

export interface Announcement {
  readonly path?: string;
  readonly query?: string;
  readonly connectHeaders?: Record<string, string>;
  /** Instead of the relay's own. */
  readonly address?: string;
}

export interface Listen {
  readonly url: URL;
  readonly headers: http.IncomingHttpHeaders;
}

export class FakeRelay {
  /** What the next listeners are answered instead of 101. */
  refuseWith: { status: number; reason: string; body?: string } | undefined;
  /** Whether pings are answered. */
  answersPings = true;
  /** Every attempt to listen. */
  readonly listens: Listen[] = [];
  /** The control channels that are open. */
  readonly controls: WebSocket[] = [];
  /** What listeners said on them. */
  readonly said: string[] = [];
  /** Hears what listeners say on control channels, in order. */
  onSaid: (data: Buffer, isBinary: boolean) => void = () => {};
  /** Takes the rendezvous of HTTP requests. */
  onRendezvous: (id: string, webSocket: WebSocket) => void = (_id, webSocket) => webSocket.close(1001);
  #server = http.createServer();
  #port = 0;
  #announced = 0;
  readonly #meetings = new Map<string, (meeting: Meeting) => void>();
  readonly #sockets = new Set<Duplex>();
  /** Those on which nothing was asked yet. */
  readonly #silent = new Set<Duplex>();

  async start(): Promise<this> {
    this.#server = http.createServer();
    this.#server.on('upgrade', (request, socket, head) => {
      this.#silent.delete(socket);
      this.#upgrade(request, socket, head);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      this.#silent.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => {
        this.#sockets.delete(socket);
        this.#silent.delete(socket);
      });
    });
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Goes away like a process that is killed; `start()` brings it back on the same port. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** How many connections are open on which nothing was asked. */
  get silent(): number {
    return this.#silent.size;
  }

  /** Loses its patience with those, as front ends do. */
  dropSilent(): void {
    for (const socket of this.#silent)
      socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
    this.#silent.clear();
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get control(): WebSocket {
    const control = this.controls.at(-1);
    if (control === undefined) throw new Error('no listener is connected');
    return control;
  }

  /** Announces a sender to the last listener. @returns how the listener meets it */
  announce(announcement: Announcement = {}): Promise<Meeting> {
    const { path = '', query = '', connectHeaders = {} } = announcement;
    this.#announced += 1;
    const id = `00000000-0000-4000-8000-${String(this.#announced).padStart(12, '0')}`;
    const item = query === '' ? '' : `${query}&`;
    const address =
      announcement.address ??
      `${this.url}/$hc/sql${path}?${item}sb-hc-action=accept&sb-hc-id=${id}&sb-hc-rv=secret`;
    const meeting = new Promise<Meeting>((resolve) => this.#meetings.set(id, resolve));
    this.say({
      accept: { address, id, connectHeaders, remoteEndpoint: { address: '203.0.113.7', port: 51544 } },
    });
    return meeting;
  }

  /** Sends a control message. */
  say(message: unknown): void {
    this.control.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  #upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', this.url);
    const action = url.searchParams.get('sb-hc-action');
    if (action === 'listen') this.#listen(url, request, socket, head);
    else if (action === 'request') this.#exchange(url, request, socket, head);
    else this.#meet(url, request, socket, head);
  }

  #listen(url: URL, request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    this.listens.push({ url, headers: request.headers });
    if (this.refuseWith !== undefined) {
      const { status, reason, body = '' } = this.refuseWith;
      socket.end(
        `HTTP/1.1 ${status} ${reason}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
      );
      return;
    }
    const server = new WebSocketServer({ noServer: true, autoPong: this.answersPings });
    server.handleUpgrade(request, socket, head, (webSocket) => {
      this.controls.push(webSocket);
      webSocket.on('message', (data: Buffer, isBinary) => {
        this.said.push(String(data));
        this.onSaid(data, isBinary);
      });
      webSocket.on('error', () => webSocket.terminate());
      webSocket.once('close', () => this.controls.splice(this.controls.indexOf(webSocket), 1));
    });
  }

  #exchange(url: URL, request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const server = new WebSocketServer({ noServer: true, autoPong: this.answersPings });
    server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate());
      this.onRendezvous(url.searchParams.get('sb-hc-id') ?? '', webSocket);
    });
  }

  #meet(url: URL, request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const id = url.searchParams.get('sb-hc-id') ?? '';
    const tell = this.#meetings.get(id);
    this.#meetings.delete(id);
    const status = url.searchParams.get('sb-hc-statusCode');
    if (tell === undefined) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    } else if (status !== null) {
      socket.end('HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
      const description = url.searchParams.get('sb-hc-statusDescription') ?? '';
      tell({ accepted: false, status: Number(status), description });
    } else {
      const server = new WebSocketServer({ noServer: true });
      server.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('error', () => webSocket.terminate());
        tell({ accepted: true, webSocket, protocol: webSocket.protocol });
      });
    }
  }
}

/** The meeting's WebSocket, of a sender that was accepted. */
export async function accepted(meeting: Promise<Meeting>): Promise<WebSocket> {
  const met = await meeting;
  if (!met.accepted) throw new Error(`rejected with ${met.status} ${met.description}`);
  return met.webSocket;
}

/** The status and words that a sender was rejected with. */
export async function rejected(meeting: Promise<Meeting>): Promise<string> {
  const met = await meeting;
  if (met.accepted) throw new Error('accepted');
  return `${met.status} ${met.description}`;
}
