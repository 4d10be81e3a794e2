/**
 * hyco-https 1.4.5, the package that Microsoft publishes for HTTP listeners in Node, as it comes.
 *
 * It replaces `https.Server` in the process that loads it, and does not take WebSockets: each would end the process.
 * Source: docs/protocol.md, sections 4.4 and 8.
 * @module
 */
import { createRequire } from 'node:module';
import type { HttpListenerSubject } from './subjects.js';

interface HycoHttpsServer extends NodeJS.EventEmitter {
  closeRequested: boolean;
  readonly controlChannel: { terminate(): void };
  listen(): void;
  close(): void;
}

interface HycoHttps {
  createRelayedServer(options: object, onRequest: (...args: never[]) => void): HycoHttpsServer;
  createRelayToken(uri: string, keyName: string, key: string): string;
}

let loaded: HycoHttps | undefined;

/** Its listener. */
export const hycoHttpsListener: HttpListenerSubject = {
  name: 'hyco-https',
  sendsLists: false,

  listen(place, handler) {
    loaded ??= createRequire(import.meta.url)('hyco-https') as HycoHttps;
    const uri = `${place.origin}/$hc/${place.entity}?sb-hc-action=listen`;
    const token = loaded.createRelayToken(uri, place.listener.keyName, place.listener.key);
    const server = loaded.createRelayedServer({ server: uri, token }, handler);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.once('listening', () => {
        server.off('error', reject);
        resolve({
          close: () =>
            new Promise((closed) => {
              if (server.closeRequested) return closed();
              server.once('close', () => closed());
              server.close();
            }),
          die: () => {
            server.closeRequested = true;
            server.controlChannel.terminate();
          },
        });
      });
      server.listen();
    });
  },
};
