/**
 * A relay without edges, for control channels that nobody connects through.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { audienceOf, createToken } from '@hybridge/sas';
import { startScript } from '../script.js';
import type { Subject, Way } from './subject.js';

/** As many listeners as one hybrid connection may have. Source: docs/protocol.md, section 9 (limits). */
const LISTENERS_EACH = 25;

/** Enough for 5,000 control channels. */
const HYBRID_CONNECTIONS = 200;

/** A relay, and what a listener says to it. */
export interface ListeningWay extends Way {
  /** The upgrade request of the listener with this number, from 0. */
  upgradeRequest(index: number): Buffer;
}

/** A relay that has hybrid connections for as many listeners as are measured. */
export const relayAlone: Subject<ListeningWay> = {
  id: 'relay',
  name: 'hybridge relay',
  about: 'the relay, with control channels and nothing else',
  encrypted: false,
  ours: true,
  stretches: false,
  find: async () => ({ version: `Node ${process.versions.node}` }),
  start: async () => {
    const key = randomBytes(32).toString('base64');
    const relay = await startScript('relay', [key, String(HYBRID_CONNECTIONS)]);
    const endpoint = new URL(`http://127.0.0.1:${relay.port}`);
    const token = (name: string) =>
      createToken({ resource: audienceOf(endpoint, name), keyName: 'bench', key });
    return {
      port: relay.port,
      hops: [[], [relay.pid], []],
      stop: async () => relay.stop(),
      upgradeRequest: (index) => {
        const name = `idle-${Math.floor(index / LISTENERS_EACH) + 1}`;
        return Buffer.from(
          `GET /$hc/${name}?sb-hc-action=listen&sb-hc-id=bench-${index} HTTP/1.1\r\nHost: 127.0.0.1:${relay.port}\r\n` +
            'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
            `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
            `ServiceBusAuthorization: ${token(name)}\r\n\r\n`,
        );
      },
    };
  },
};
