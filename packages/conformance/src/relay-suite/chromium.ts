/**
 * The WebSocket of a browser as a sender: an address is all it has, so the token is in it.
 *
 * A page cannot set headers, send fragments, drop a connection, or learn why a handshake failed. The status comes from
 * DevTools, and the drop from a path to the relay that can be cut.
 * Source: docs/protocol.md, sections 1.5 and 8.
 * @module
 */
import { createToken } from '@hybridge/sas';
import type { WebSocketPage } from '../browser/web-socket-page.js';
import { CuttablePath } from './cuttable-path.js';
import { Inbox } from './inbox.js';
import { type Peer, Refused, type SenderSubject } from './subjects.js';

/** The sender in a page. @param page - loaded by the time that a test runs */
export function chromiumSender(page: () => WebSocketPage): SenderSubject {
  return {
    name: 'Chromium',
    traits: { messages: true, halfClose: false, fragments: false, ownHeaders: false, tellsReason: false },

    async connect(place, options = {}) {
      const path = await CuttablePath.to(place.origin);
      const resource = `http://127.0.0.1/${place.entity}`;
      const token = encodeURIComponent(createToken({ resource, ...place.sender }));
      const query = `${options.query ? `${options.query}&` : '?'}sb-hc-token=${token}`;
      const address = `${path.origin}/$hc/${place.entity}${options.suffix ?? ''}${query}`;
      const inbox = new Inbox();
      return new Promise<Peer>((resolve, reject) => {
        const socket = page().connect(address, options.protocols ?? [], {
          onOpen: (protocol) => {
            resolve({
              inbox,
              protocol: protocol === '' ? undefined : protocol,
              send: (data) => socket.send(data),
              close: (code, reason) => socket.close(code, reason),
              abort: () => path.cut(),
            });
          },
          onMessage: (message) => inbox.addMessage(message),
          onClose: ({ code, reason, wasClean }) => {
            inbox.end(wasClean ? { clean: true, code, reason } : { clean: false });
            path.cut();
            void socket.refusedWith().then((status) => {
              reject(
                status === undefined ? new Error(`Closed: ${code}`) : new Refused(status, undefined, code),
              );
            });
          },
        });
      });
    },
  };
}
