/**
 * A page that opens WebSockets for us, and the server that it comes from.
 *
 * The page tells what happens over a WebSocket of its own to that server, so that bytes need no translation. Commands
 * and events are JSON; binary messages have the socket's number in front, four bytes.
 * @module
 */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { within } from '../deadline.js';
import type { Chromium, Page } from './chromium.js';

const LOAD_TIMEOUT_MS = 30_000;
/** DevTools tell of a failed handshake in their own time. */
const STATUS_TIMEOUT_MS = 3_000;

/** What happens to a socket of the page. */
export interface PageSocketEvents {
  onOpen(protocol: string): void;
  onMessage(message: Buffer | string): void;
  onClose(close: { readonly code: number; readonly reason: string; readonly wasClean: boolean }): void;
}

/** A WebSocket in the page. */
export interface PageSocket {
  send(data: Buffer | string): void;
  close(code?: number, reason?: string): void;
  /** The status that refused the handshake, which only DevTools tell; `undefined` when there was none. */
  refusedWith(): Promise<number | undefined>;
}

const SCRIPT = `
const sockets = new Map();
const server = new WebSocket('ws://' + location.host + '/');
server.binaryType = 'arraybuffer';
const tell = (event) => server.send(JSON.stringify(event));
const commands = {
  open({ id, url, protocols }) {
    const socket = new WebSocket(url, protocols);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => tell({ id, type: 'open', protocol: socket.protocol });
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') return tell({ id, type: 'text', text: data });
      const bytes = new Uint8Array(4 + data.byteLength);
      new DataView(bytes.buffer).setUint32(0, id);
      bytes.set(new Uint8Array(data), 4);
      server.send(bytes);
    };
    socket.onclose = ({ code, reason, wasClean }) => tell({ id, type: 'close', code, reason, wasClean });
    sockets.set(id, socket);
  },
  text: ({ id, text }) => sockets.get(id).send(text),
  close: ({ id, code, reason }) => code === undefined ? sockets.get(id).close() : sockets.get(id).close(code, reason),
};
server.onmessage = ({ data }) => {
  if (typeof data === 'string') {
    const command = JSON.parse(data);
    commands[command.type](command);
  } else {
    sockets.get(new DataView(data).getUint32(0)).send(data.slice(4));
  }
};`;

const HTML = `<!doctype html><meta charset="utf-8"><title>WebSockets</title><script>${SCRIPT}</script>`;

/** The loaded page. */
export class WebSocketPage {
  readonly #server: http.Server;
  readonly #puppet: WebSocket;
  readonly #sockets = new Map<number, PageSocketEvents>();
  /** DevTools' ids of the page's sockets, in the order they were made, as are ours. */
  readonly #requestIds: string[] = [];
  readonly #statuses = new Map<string, number>();
  #wake: () => void = () => {};

  private constructor(server: http.Server, puppet: WebSocket, page: Page) {
    this.#server = server;
    this.#puppet = puppet;
    puppet.on('message', (data: Buffer, binary) => this.#onMessage(data, binary));
    const own = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    page.onEvent('Network.webSocketCreated', ({ requestId, url }) => {
      if (url !== own) this.#requestIds.push(requestId as string);
    });
    page.onEvent('Network.webSocketFrameError', ({ requestId, errorMessage }) => {
      const status = statusIn(String(errorMessage));
      if (status === undefined) return;
      this.#statuses.set(requestId as string, status);
      this.#wake();
    });
  }

  /** Serves the page, and has the browser load it. */
  static async open(chromium: Chromium): Promise<WebSocketPage> {
    const server = http.createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(HTML);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const puppets = new WebSocketServer({ server });
    const loaded = once(puppets, 'connection');
    const page = await chromium.open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const [puppet] = await within(loaded, LOAD_TIMEOUT_MS, 'the page to load');
    return new WebSocketPage(server, puppet as WebSocket, page);
  }

  /** Makes the page open a WebSocket. */
  connect(url: string, protocols: readonly string[], events: PageSocketEvents): PageSocket {
    const id = this.#sockets.size;
    this.#sockets.set(id, events);
    this.#tell({ type: 'open', id, url, protocols });
    return {
      send: (data) => {
        if (typeof data === 'string') this.#tell({ type: 'text', id, text: data });
        else this.#puppet.send(Buffer.concat([number(id), data]));
      },
      close: (code, reason) => this.#tell({ type: 'close', id, code, reason }),
      refusedWith: () => this.#status(id),
    };
  }

  /** Leaves the page, and ends its server. */
  close(): void {
    this.#puppet.terminate();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #tell(command: object): void {
    this.#puppet.send(JSON.stringify(command));
  }

  #onMessage(data: Buffer, binary: boolean): void {
    if (binary) {
      this.#sockets.get(data.readUInt32BE(0))?.onMessage(data.subarray(4));
      return;
    }
    const event = JSON.parse(data.toString());
    const socket = this.#sockets.get(event.id);
    if (event.type === 'open') socket?.onOpen(event.protocol);
    else if (event.type === 'text') socket?.onMessage(event.text);
    else socket?.onClose(event);
  }

  async #status(id: number): Promise<number | undefined> {
    const known = () => this.#statuses.get(this.#requestIds[id] ?? '');
    const deadline = performance.now() + STATUS_TIMEOUT_MS;
    while (known() === undefined && performance.now() < deadline) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, 50);
      });
    }
    return known();
  }
}

/** A 401 has words of its own, as it is where a browser would ask for a password. */
function statusIn(message: string): number | undefined {
  if (message.startsWith('HTTP Authentication failed')) return 401;
  const status = /Unexpected response code: (\d+)/.exec(message)?.[1];
  return status === undefined ? undefined : Number(status);
}

function number(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes;
}
