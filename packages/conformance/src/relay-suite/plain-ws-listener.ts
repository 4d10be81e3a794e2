/**
 * A listener that is no more than the documented protocol and `ws`: a control channel, and a dial for each accept.
 *
 * It keeps messages and their kinds, and it can refuse and choose, which none of the packaged listeners do together.
 * Source: docs/protocol.md, sections 2.1, 2.3, 3.3 and 3.5.
 * @module
 */
import { createToken } from '@hybridge/sas';
import { WebSocket } from 'ws';
import { plainPeer, plainRefusal, resourceOf } from './plain-ws.js';
import type { Incoming, ListenerEvents, ListenerSubject, Place } from './subjects.js';

interface AcceptMessage {
  readonly address: string;
  readonly connectHeaders: Readonly<Record<string, string>>;
}

/** `ws` as a listener. */
export const plainWsListener: ListenerSubject = {
  name: 'plain ws',
  traits: { messages: true, halfClose: false, fragments: true, reject: true, chooses: true },

  listen(place, events) {
    const token = createToken({ resource: resourceOf(place), ...place.listener });
    const query = `sb-hc-action=listen&sb-hc-token=${encodeURIComponent(token)}`;
    const control = new WebSocket(`${place.origin}/$hc/${place.entity}?${query}`, trust(place));
    control.on('message', (data) => {
      const { accept } = JSON.parse(String(data)) as { readonly accept: AcceptMessage };
      answer(accept, place, events);
    });
    return new Promise((resolve, reject) => {
      control.once('open', () => resolve({ close: () => closed(control) }));
      control.on('error', reject);
      plainRefusal(control, reject);
    });
  },
};

function answer({ address, connectHeaders }: AcceptMessage, place: Place, events: ListenerEvents): void {
  const incoming = incomingOf(address, connectHeaders, place);
  const refusal = events.refusalFor?.(incoming);
  if (refusal !== undefined) {
    const text = new URLSearchParams({
      'sb-hc-statusCode': String(refusal.status),
      'sb-hc-statusDescription': refusal.description,
    });
    new WebSocket(`${address}&${text}`, trust(place)).on('error', () => {}); // 410 is how it ends
    return;
  }
  const offered = incoming.headers?.['sec-websocket-protocol']?.split(/, */) ?? [];
  const chosen = events.protocolFor ? events.protocolFor(offered) : offered[0];
  const client = new WebSocket(address, chosen === undefined ? [] : [chosen], trust(place));
  const peer = plainPeer(client);
  client.on('error', () => {}); // the sender may have gone; "close" follows
  client.once('open', () => events.onPeer({ ...peer, protocol: client.protocol || undefined }, incoming));
}

function incomingOf(
  address: string,
  connectHeaders: AcceptMessage['connectHeaders'],
  place: Place,
): Incoming {
  const { pathname, search } = new URL(address);
  const own = search
    .slice(1)
    .split('&')
    .filter((item) => !item.startsWith('sb-hc-'))
    .join('&');
  const names = Object.entries(connectHeaders).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    path: pathname.slice(`/$hc/${place.entity}`.length),
    query: own === '' ? '' : `?${own}`,
    headers: Object.fromEntries(names),
  };
}

function trust({ ca }: Place): { ca?: string; perMessageDeflate: false } {
  return { perMessageDeflate: false, ...(ca === undefined ? {} : { ca }) };
}

function closed(control: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    if (control.readyState === WebSocket.CLOSED) return resolve();
    control.once('close', () => resolve());
    control.close(1000);
  });
}
