/**
 * A DNS server for the names that have routes, their addresses, and no others: UDP and TCP at one loopback address.
 *
 * It keeps nothing of who asked. By TCP a client may ask several times; the next question is read once the answer to
 * the last one has been taken, and who asks nothing for a while is cut.
 *
 * Source: RFC 1035, section 4.2; RFC 7766 (TCP).
 * @module
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { ProcessAddress } from '../addresses.js';
import { listenFailure } from '../listen-failure.js';
import { answerTo, MAX_QUERY_BYTES } from './dns-message.js';
import type { DnsNames } from './dns-record.js';

/** Resolvers ask by UDP; this many by TCP at a time is plenty for a machine. */
const MAX_CONNECTIONS = 64;
/** RFC 7766, section 6.2.3: of the order of seconds. */
const IDLE_MS = 10_000;
/** When a free port is to be taken, it has to be free for both; somebody may have the one of them. */
const FREE_PORT_ATTEMPTS = 10;

/** What a server tells. */
export interface DnsServerEvents {
  /** One answer or one client was lost. The server goes on. */
  lost: [error: NodeJS.ErrnoException];
}

/** A DNS server for a few names. */
export class DnsServer extends EventEmitter<DnsServerEvents> {
  readonly #names: DnsNames;
  readonly #clients = new Set<Socket>();
  #udp: UdpSocket | undefined;
  #tcp: Server | undefined;

  /** @param names - asked for each question */
  constructor(names: DnsNames) {
    super();
    this.#names = names;
  }

  /**
   * Begins to answer.
   * @returns the address, with the port that was free when 0 was asked for
   * @throws Error with `code` as Node has it, and what to do in its message
   */
  async listen(address: ProcessAddress): Promise<ProcessAddress> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#listen(address);
      } catch (error) {
        await this.close();
        const isUnlucky = address.port === 0 && (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
        if (!isUnlucky || attempt === FREE_PORT_ATTEMPTS) throw listenFailure(error, address, 'DNS');
      }
    }
  }

  /** Ends at once: a question that was not answered is asked again, elsewhere. */
  async close(): Promise<void> {
    const [udp, tcp] = [this.#udp, this.#tcp];
    this.#udp = undefined;
    this.#tcp = undefined;
    for (const client of this.#clients) client.destroy();
    await Promise.all([
      udp && new Promise<void>((resolve) => udp.close(() => resolve())),
      tcp?.listening && new Promise<void>((resolve) => tcp.close(() => resolve())),
    ]);
  }

  async #listen({ host, port }: ProcessAddress): Promise<ProcessAddress> {
    const tcp = createServer((client) => this.#serve(client));
    this.#tcp = tcp;
    tcp.maxConnections = MAX_CONNECTIONS;
    tcp.listen(port, host);
    await once(tcp, 'listening');
    tcp.on('error', (error) => this.emit('lost', error));
    const { port: bound } = tcp.address() as AddressInfo;

    const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    this.#udp = udp;
    udp.bind(bound, host);
    await once(udp, 'listening');
    udp.on('error', (error) => this.emit('lost', error as NodeJS.ErrnoException));
    udp.on('message', (message, from) => {
      const answer = answerTo(message, this.#names);
      if (answer === undefined || from.port === 0) return;
      udp.send(answer, from.port, from.address, (error) => error && this.emit('lost', error));
    });
    return { host, port: bound };
  }

  #serve(client: Socket): void {
    this.#clients.add(client);
    client.once('close', () => this.#clients.delete(client));
    client.on('error', () => undefined);
    // Of somebody who sends a byte now and then nothing comes, and there is room for so many only.
    const late = setTimeout(() => client.destroy(), IDLE_MS).unref();
    client.once('close', () => clearTimeout(late));
    let unread: Buffer = Buffer.alloc(0);
    const readOn = () => {
      for (;;) {
        if (unread.length < 2) break;
        const length = unread.readUInt16BE(0);
        if (length > MAX_QUERY_BYTES) return void client.destroy();
        if (unread.length < 2 + length) break;
        const answer = answerTo(unread.subarray(2, 2 + length), this.#names);
        unread = unread.subarray(2 + length);
        if (answer === undefined) return void client.destroy();
        late.refresh();
        const framed = Buffer.alloc(2 + answer.length);
        framed.writeUInt16BE(answer.length, 0);
        answer.copy(framed, 2);
        if (client.write(framed)) continue;
        client.pause();
        client.once('drain', readOn);
        return;
      }
      client.resume();
    };
    client.on('data', (bytes: Buffer) => {
      unread = unread.length === 0 ? bytes : Buffer.concat([unread, bytes]);
      if (client.writableNeedDrain) client.pause();
      else readOn();
    });
  }
}
