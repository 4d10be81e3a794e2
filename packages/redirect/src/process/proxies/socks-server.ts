/**
 * A SOCKS 5 server whose only targets are the endpoints that have routes. Nobody has to say who he is: the port is for this
 * machine alone.
 * @module
 */
import { createServer, type Socket } from 'node:net';
import { acceptSocks5, readSocks5, refuseSocks5 } from '@hybridge/socket';
import { ProxyRefusal, type Routes } from './target.js';
import { REQUEST_MS, TunnelProxy } from './tunnel-proxy.js';

/** A SOCKS 5 server. */
export class SocksServer extends TunnelProxy {
  /** @param routes - asked for each client */
  constructor(routes: Routes) {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => void this.#serve(near));
    super('SOCKS', server, routes);
  }

  async #serve(near: Socket): Promise<void> {
    const late = setTimeout(() => near.destroy(), REQUEST_MS);
    await this.serve(near, async () => {
      const target = await readSocks5(near);
      clearTimeout(late);
      if (target === undefined)
        throw new Error('the client speaks no SOCKS 5, or asks for more than CONNECT');
      await this.lead(near, target, (written) => acceptSocks5(near, written));
    });
    clearTimeout(late);
  }

  protected override refuse(near: Socket, error: Error): void {
    refuseSocks5(near, error instanceof ProxyRefusal ? error.code : undefined);
  }
}
