/**
 * The ways between two ends that are used at random: through a relay in this process, with and without plain sockets
 * before and behind the tunnel.
 * @module
 */
import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { HybridConnectionListener } from '@hybridge/listener';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { connect } from '@hybridge/sender';
import { type HybridConnectionSocket, splice } from '@hybridge/socket';
import { within } from '../deadline.js';
import type { Side } from './action.js';
import { End } from './end.js';
import type { Leniency } from './judge.js';
import { reset } from './reset.js';

const OPEN_TIMEOUT_MS = 20_000;
const HALF_OPEN = { allowHalfOpen: true } as const;

/** Where the sides of a connection are plain sockets, spliced to the tunnel as `hybridge` does it. */
export interface Way {
  readonly name: string;
  readonly left: 'tunnel' | 'native' | 'spliced';
  readonly right: 'tunnel' | 'spliced';
}

/** All of them. */
export const ways: readonly Way[] = [
  { name: 'between two tunnel ends', left: 'tunnel', right: 'tunnel' },
  { name: 'from a native socket', left: 'native', right: 'tunnel' },
  { name: 'from a plain socket', left: 'spliced', right: 'tunnel' },
  { name: 'between two plain sockets', left: 'spliced', right: 'spliced' },
];

/** What may be different on a way: a plain socket that is reset after its end has been told. */
export function leniencyOf({ left, right }: Way): Leniency {
  return { hiddenResets: left === 'spliced' || right === 'spliced' };
}

/** A relay and a listener, and any number of connections one after the other. */
export class Crossing {
  readonly #relay: RelayServer;
  readonly #listener: HybridConnectionListener;

  static async open(): Promise<Crossing> {
    const relay = await startRelay({ hybridConnections: ['fuzz'] });
    const listener = new HybridConnectionListener({
      connectionString: relay.connectionString('fuzz', 'defaultListener'),
      ...HALF_OPEN,
    });
    await listener.listen();
    return new Crossing(relay, listener);
  }

  private constructor(relay: RelayServer, listener: HybridConnectionListener) {
    this.#relay = relay;
    this.#listener = listener;
  }

  async close(): Promise<void> {
    await this.#listener.close({ graceMs: 0 });
    await this.#relay.close({ graceMs: 0 });
  }

  /** Tunnels that are still joined. */
  get tunnels(): number {
    return this.#relay.status().namespaces[0]?.connections ?? 0;
  }

  /**
   * A connection. Its left end can be used before the tunnel is open; `right` waits for the other.
   * @param meanwhile - what happens at the left end before there is a right one.
   */
  async connect(way: Way, meanwhile: (left: End) => Promise<void>): Promise<{ left: End; right: End }> {
    const right = await place(way.right);
    const arrived = within(this.#next(right), OPEN_TIMEOUT_MS, 'the connection');
    const connectionString = this.#relay.connectionString('fuzz', 'defaultSender');
    const options = { connectionString, ...HALF_OPEN };
    const left =
      way.left === 'native'
        ? new End('left', connect({ ...options, socket: 'native' }), destroy)
        : (await place(way.left))('left', connect(options));
    const [joined] = await Promise.all([arrived, meanwhile(left)]);
    return { left, right: joined };
  }

  /** The other end of the next connection; it is listened to at once, before it can have ended. */
  #next(right: Place): Promise<End> {
    return new Promise((resolve) => {
      this.#listener.once('connection', (tunnel) => resolve(right('right', tunnel)));
    });
  }
}

type Place = (side: Side, tunnel: HybridConnectionSocket) => End;

/** The end itself, or a plain socket that is spliced to it. */
async function place(kind: 'tunnel' | 'spliced'): Promise<Place> {
  if (kind === 'tunnel') return (side, tunnel) => new End(side, tunnel, destroy);
  const [near, far] = await pair();
  return (side, tunnel) => {
    splice(far, tunnel);
    return new End(side, near, () => reset(near));
  };
}

function destroy(socket: Duplex): void {
  socket.destroy();
}

/** Both ends of a TCP connection over the loopback interface. */
async function pair(): Promise<[near: net.Socket, far: net.Socket]> {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  const near = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const [[far]] = await Promise.all([once(server, 'connection'), once(near, 'connect')]);
  server.close();
  return [near, far as net.Socket];
}
