/**
 * hyco-ws 1.0.5, the package that Microsoft publishes for Node, as it comes: its listener and its sender.
 *
 * It stands on `ws` 1.x. It knows messages, answers every Close at once, and cannot refuse a sender.
 * Source: docs/protocol.md, section 8 (quirks).
 * @module
 */
import https from 'node:https';
import { createRequire } from 'node:module';
import { Inbox } from './inbox.js';
import { type ListenerSubject, type Peer, type Place, Refused, type SenderSubject } from './subjects.js';

/** The part of `ws` 1.x that the tests touch. */
interface HycoWebSocket extends NodeJS.EventEmitter {
  readonly url: string;
  readonly protocol?: string;
  readonly _socket: import('node:net').Socket | null;
  send(data: Buffer | string): void;
  stream(
    options: object,
    callback: (error: Error | null, send: (data: Buffer, final: boolean) => void) => void,
  ): void;
  close(code?: number, reason?: string): void;
}

interface HycoServer extends NodeJS.EventEmitter {
  closeRequested: boolean;
  close(): void;
}

interface HycoWs {
  new (address: string, protocols: readonly string[], options: object): HycoWebSocket;
  createRelayedServer(options: object, onConnection: (client: HycoWebSocket) => void): HycoServer;
  createRelayToken(uri: string, keyName: string, key: string): string;
  appendRelayToken(uri: string, keyName: string, key: string): string;
}

const hyco = createRequire(import.meta.url)('hyco-ws') as HycoWs;

/** Its listener. */
export const hycoListener: ListenerSubject = {
  name: 'hyco-ws',
  traits: { messages: true, halfClose: false, fragments: true, reject: false, chooses: false },

  listen(place, events) {
    trust(place);
    const uri = `${place.origin}/$hc/${place.entity}?sb-hc-action=listen`;
    const token = hyco.createRelayToken(uri, place.listener.keyName, place.listener.key);
    return new Promise((resolve, reject) => {
      const server = hyco.createRelayedServer({ server: uri, token }, (client) => {
        const inbox = listenTo(client);
        client.once('open', () => events.onPeer(peer(client, inbox), incoming(client, place)));
      });
      server.once('listening', () => resolve({ close: () => closed(server) }));
      server.on('error', (error) => {
        server.closeRequested = true; // it would dial again at once, twice for every failure
        reject(refused(error));
      });
    });
  },
};

/** Its sender. `relayedConnect` is this with nothing but a token, so the class itself is used. */
export const hycoSender: SenderSubject = {
  name: 'hyco-ws',
  traits: { messages: true, halfClose: false, fragments: true, ownHeaders: true, tellsReason: false },

  connect(place, options = {}) {
    trust(place);
    const query = options.query ? `${options.query}&` : '?';
    const uri = `${place.origin}/$hc/${place.entity}${options.suffix ?? ''}${query}sb-hc-action=connect`;
    const { keyName, key } = place.sender;
    const inQuery = options.tokenIn === 'query';
    const address = inQuery ? hyco.appendRelayToken(uri, keyName, key) : uri;
    const token = inQuery ? {} : { ServiceBusAuthorization: hyco.createRelayToken(uri, keyName, key) };
    const client = new hyco(address, options.protocols ?? [], { headers: { ...options.headers, ...token } });
    const inbox = listenTo(client);
    return new Promise((resolve, reject) => {
      client.once('open', () => resolve(peer(client, inbox)));
      client.once('error', (error) => reject(refused(error)));
    });
  },
};

/** It has no option for a certificate authority, and goes by what Node's own agent trusts. */
function trust({ ca }: Place): void {
  if (ca !== undefined) https.globalAgent.options.ca = ca;
}

function listenTo(client: HycoWebSocket): Inbox {
  const inbox = new Inbox();
  client.on('message', (data: Buffer | string) => inbox.addMessage(data));
  client.on('error', () => {}); // "close" follows, and says what it was
  client.on('close', (code: number, reason: string) => {
    inbox.end(code === 1006 ? { clean: false } : { clean: true, code, reason: String(reason) });
  });
  return inbox;
}

function peer(client: HycoWebSocket, inbox: Inbox): Peer {
  return {
    inbox,
    protocol: client.protocol,
    send: (data) => client.send(data),
    sendFragments(fragments) {
      const rest = [...fragments];
      client.stream({ binary: true }, (error, send) => {
        if (error === null) send(rest.shift()!, rest.length === 0);
      });
    },
    close: (code, reason) => client.close(code, reason),
    abort: () => client._socket?.destroy(),
  };
}

/** It tells nothing of the sender but the rendezvous address. */
function incoming(client: HycoWebSocket, place: Place) {
  const { pathname, search } = new URL(client.url);
  const own = search
    .slice(1)
    .split('&')
    .filter((item) => !item.startsWith('sb-hc-'))
    .join('&');
  return { path: pathname.slice(`/$hc/${place.entity}`.length), query: own === '' ? '' : `?${own}` };
}

function closed(server: HycoServer): Promise<void> {
  return new Promise((resolve) => {
    server.once('close', () => resolve());
    server.close();
  });
}

function refused(error: unknown): unknown {
  const status = /unexpected server response \((\d+)\)/.exec(String(error))?.[1];
  return status === undefined ? error : new Refused(Number(status), undefined, error);
}
