/**
 * A SOCKS 5 server whose only targets are the endpoints that have routes.
 * @module
 */
import { createServer, type Socket } from 'node:net';
import {
  MAX_SOCKS_BYTES,
  readGreeting,
  readRequest,
  replyFor,
  SocksError,
  type SocksPart,
  SocksReply,
  socksReply,
} from './socks-message.js';
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
      const client = new Conversation(near);
      near.write(await client.read(readGreeting));
      const target = await client.read(readRequest);
      clearTimeout(late);
      // What follows is for the target, and waits in the kernel.
      await this.lead(near, target, client.leave(), socksReply(SocksReply.succeeded));
    });
    clearTimeout(late);
  }

  protected override refusal(error: Error): Uint8Array {
    if (error instanceof SocksError) return error.answer;
    return socksReply(error instanceof ProxyRefusal ? replyFor(error) : SocksReply.failure);
  }
}

/** What a client says before its data, part by part. */
class Conversation {
  readonly #near: Socket;
  #unread: Buffer = Buffer.alloc(0);
  #look: () => void = () => undefined;
  readonly #onData = (bytes: Buffer): void => {
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#look();
  };

  constructor(near: Socket) {
    this.#near = near;
    near.on('data', this.#onData);
  }

  /** Waits until a part is complete. @throws SocksError, also when the client goes away */
  read<Value>(parse: (bytes: Buffer) => SocksPart<Value> | undefined): Promise<Value> {
    return new Promise((resolve, reject) => {
      const gone = () => reject(new SocksError('the client went away'));
      const done = () => {
        this.#look = () => undefined;
        this.#near.off('end', gone).off('close', gone);
      };
      this.#look = () => {
        try {
          const part = parse(this.#unread);
          if (part === undefined && this.#unread.length > MAX_SOCKS_BYTES) throw new SocksError('too long');
          if (part === undefined) return;
          this.#unread = this.#unread.subarray(part.length);
          done();
          resolve(part.value);
        } catch (error) {
          done();
          reject(error);
        }
      };
      this.#near.once('end', gone).once('close', gone);
      this.#look();
    });
  }

  /** Stops reading. @returns what was said already */
  leave(): Buffer {
    this.#near.off('data', this.#onData).pause();
    return this.#unread;
  }
}
