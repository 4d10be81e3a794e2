/**
 * HTTP clients that lose their connection: Node's, and `undici`.
 * @module
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';
import {
  forUndici,
  HybridConnectionAgent,
  HybridConnectionHttpsAgent,
  type TunnelSource,
} from '@hybridge/sender';
import { Agent, fetch } from 'undici';
import type { WebService } from '../services/web.js';
import type { LosingClient, LosingDriver } from './losses.js';

const LOST: readonly object[] = [{ code: 'ECONNRESET' }, { code: 'UND_ERR_SOCKET' }];

/** For plain HTTP. */
export const losingHttp: readonly LosingDriver<WebService>[] = [
  {
    ...{ name: 'http.Agent', lost: LOST },
    open: async (tunnel) => nodeClient(http, new HybridConnectionAgent(tunnel), 'http'),
  },
  { ...{ name: 'undici', lost: LOST }, open: undiciClient('http') },
];

/** For HTTPS. */
export const losingHttps: readonly LosingDriver<WebService>[] = [
  {
    ...{ name: 'https.Agent', lost: LOST },
    open: async (tunnel, { ca }) =>
      nodeClient(https, new HybridConnectionHttpsAgent(tunnel, { ca }), 'https'),
  },
  { ...{ name: 'undici', lost: LOST }, open: undiciClient('https') },
];

function nodeClient(client: typeof http | typeof https, agent: http.Agent, scheme: string): LosingClient {
  const get = async (path: string) => {
    const asked = client.get(`${scheme}://inside.example${path}`, { agent });
    const [answer] = (await once(asked, 'response')) as [http.IncomingMessage];
    return text(answer);
  };
  return { ask: () => get('/'), wait: () => get('/wait'), end: () => agent.destroy() };
}

function undiciClient(scheme: string) {
  return async (tunnel: TunnelSource, { ca }: WebService): Promise<LosingClient> => {
    const dispatcher = new Agent(forUndici(tunnel, { ca }));
    const get = async (path: string) =>
      (await fetch(`${scheme}://inside.example${path}`, { dispatcher })).text();
    return { ask: () => get('/'), wait: () => get('/wait'), end: () => dispatcher.destroy() };
  };
}
