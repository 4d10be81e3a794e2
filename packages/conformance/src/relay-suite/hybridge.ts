/**
 * Our own listener and sender. Both know bytes, not messages, as `net` does.
 * @module
 */
import { HybridConnectionListener } from '@hybridge/listener';
import { RelayError, SINGLE_PROTOCOL } from '@hybridge/protocol';
import { formatConnectionString } from '@hybridge/sas';
import { HybridConnectionSender } from '@hybridge/sender';
import type { HybridConnectionSocket } from '@hybridge/socket';
import { Inbox } from './inbox.js';
import {
  type Credential,
  type ListenerSubject,
  type Peer,
  type Place,
  Refused,
  type SenderSubject,
} from './subjects.js';

/** Our listener. */
export const hybridgeListener: ListenerSubject = {
  name: 'Hybridge',
  traits: {
    messages: false,
    halfClose: true,
    fragments: false,
    reject: true,
    chooses: true,
    knowsOwnProtocols: true,
  },

  async listen(place, events) {
    const listener = new HybridConnectionListener({
      connectionString: connectionString(place, place.listener),
      ...trust(place),
      acceptHandler(incoming) {
        const facts = { path: incoming.path, query: incoming.query, headers: incoming.headers };
        const refusal = events.refusalFor?.(facts);
        if (refusal !== undefined) {
          incoming.reject(refusal.status, refusal.description);
          return;
        }
        const chosen = events.protocolFor ? events.protocolFor(incoming.protocols) : incoming.protocols[0];
        const socket = incoming.accept({
          allowHalfOpen: true,
          ...(events.protocolFor === undefined ? {} : { protocol: chosen }),
        });
        const inbox = listenTo(socket);
        socket.once('connect', () => events.onPeer(peer(socket, inbox, chosen), facts));
      },
    });
    try {
      await listener.listen();
    } catch (error) {
      await listener.close({ graceMs: 0 });
      throw refused(error);
    }
    return { close: () => listener.close({ graceMs: 0 }) };
  },
};

/** Our sender. */
export const hybridgeSender = sender('Hybridge', false);

/** Our sender where it would have many streams in one rendezvous: with other listeners than ours it must do without. */
export const multiplexingSender = sender('Hybridge, multiplexing', true);

function sender(name: string, multiplex: boolean): SenderSubject {
  return {
    name,
    traits: {
      messages: false,
      halfClose: true,
      fragments: false,
      ownHeaders: true,
      tellsReason: true,
      ...(multiplex ? { ownProtocol: SINGLE_PROTOCOL } : {}),
    },

    connect(place, options = {}) {
      const opening = new HybridConnectionSender({
        connectionString: connectionString(place, place.sender),
        ...trust(place),
        multiplex,
        allowHalfOpen: true,
        ...(options.suffix === undefined ? {} : { suffix: options.suffix }),
        ...(options.query === undefined ? {} : { query: options.query }),
        ...(options.headers === undefined ? {} : { headers: { ...options.headers } }),
        ...(options.protocols === undefined ? {} : { protocols: [...options.protocols] }),
      });
      const socket = opening.connect();
      socket.once('close', () => opening.close());
      const inbox = listenTo(socket);
      return new Promise((resolve, reject) => {
        socket.once('connect', () => resolve(peer(socket, inbox, undefined)));
        socket.once('error', (error) => reject(refused(error)));
      });
    },
  };
}

/** The connection string that a rule's owner would be given. */
function connectionString(place: Place, credential: Credential): string {
  return formatConnectionString({
    endpoint: new URL(place.origin),
    sharedAccessKeyName: credential.keyName,
    sharedAccessKey: credential.key,
    entityPath: place.entity,
  });
}

function trust({ ca }: Place): { tls?: { ca: string } } {
  return ca === undefined ? {} : { tls: { ca } };
}

function listenTo(socket: HybridConnectionSocket): Inbox {
  const inbox = new Inbox();
  socket.on('data', (chunk: Buffer) => inbox.addBytes(chunk));
  socket.on('end', () => inbox.end({ clean: true }));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    inbox.end({ clean: false, ...(error.code === undefined ? {} : { code: error.code }) });
  });
  return inbox;
}

function peer(socket: HybridConnectionSocket, inbox: Inbox, protocol: string | undefined): Peer {
  return {
    inbox,
    protocol,
    send: (data) => socket.write(data),
    close: () => socket.end(),
    abort: () => socket.destroy(),
  };
}

function refused(error: unknown): unknown {
  const relayError = error instanceof RelayError ? error : (error as Error).cause;
  if (!(relayError instanceof RelayError) || relayError.status === undefined) return error;
  return new Refused(relayError.status, relayError.message, error);
}
