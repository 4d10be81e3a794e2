/**
 * A present-day WebSocket client that has never heard of a relay, as a browser would be one: `ws`, with the token in
 * the query and no `sb-hc-action`, which means connect (docs/protocol.md, section 1.2).
 * @module
 */
import { createToken } from '@hybridge/sas';
import { WebSocket } from 'ws';
import { Inbox } from './inbox.js';
import { type Peer, type Place, Refused, type SenderSubject } from './subjects.js';

/** `ws` as a sender. */
export const plainWsSender: SenderSubject = {
  name: 'plain ws',
  traits: { messages: true, halfClose: false, fragments: true, ownHeaders: true, tellsReason: true },

  connect(place, options = {}) {
    const token = createToken({ resource: resourceOf(place), ...place.sender });
    const query = `${options.query ? `${options.query}&` : '?'}sb-hc-token=${encodeURIComponent(token)}`;
    const inHeader = options.tokenIn === 'header';
    const address = `${place.origin}/$hc/${place.entity}${options.suffix ?? ''}${inHeader ? (options.query ?? '') : query}`;
    const client = new WebSocket(address, [...(options.protocols ?? [])], {
      ...(place.ca === undefined ? {} : { ca: place.ca }),
      headers: { ...options.headers, ...(inHeader ? { ServiceBusAuthorization: token } : {}) },
    });
    const peer = plainPeer(client);
    return new Promise<Peer>((resolve, reject) => {
      client.once('open', () => resolve({ ...peer, protocol: client.protocol || undefined }));
      client.on('error', reject);
      plainRefusal(client, reject);
    });
  },
};

/** What a token is made out to. */
export function resourceOf(place: Place): string {
  return `${place.origin.replace(/^ws/, 'http')}/${place.entity}`;
}

/** One end of a connection, from before it is open. */
export function plainPeer(client: WebSocket): Omit<Peer, 'protocol'> {
  const inbox = new Inbox();
  client.on('message', (data: Buffer, binary) => inbox.addMessage(binary ? data : data.toString()));
  client.on('close', (code, reason) => {
    inbox.end(code === 1006 ? { clean: false } : { clean: true, code, reason: String(reason) });
  });
  return {
    inbox,
    send: (data) => client.send(data),
    sendFragments(fragments) {
      for (const [index, fragment] of fragments.entries()) {
        client.send(fragment, { fin: index === fragments.length - 1 });
      }
    },
    close: (code, reason) => client.close(code, reason),
    abort: () => client.terminate(),
  };
}

/** Tells of an answer that is no 101. */
export function plainRefusal(client: WebSocket, reject: (refused: Refused) => void): void {
  client.once('unexpected-response', (request, response) => {
    request.destroy();
    reject(new Refused(response.statusCode ?? 0, response.statusMessage, undefined));
  });
}
