/**
 * One sender that waits at the relay, and the listener's answer to it.
 *
 * The rendezvous is dialled the moment the relay announces the sender, while the listener still makes up its mind. To
 * accept or to reject is then only which request goes over that connection, so neither costs a round trip more.
 *
 * Source: docs/protocol.md, sections 2.3, 3.2, 3.3 and 3.5.
 * @module
 */
import {
  ACCEPT_TIMEOUT_MS,
  type Accept,
  applicationProtocols,
  type Headers,
  MULTIPLEX_PROTOCOL,
  parseUpgradeTarget,
  RelayError,
  type RemoteEndpoint,
  rejectAddress,
  socketErrorCode,
} from '@hybridge/protocol';
import {
  type Channel,
  type DataChannel,
  type Dial,
  HybridConnectionSocket,
  type OpeningChannel,
  type UpgradeOptions,
} from '@hybridge/socket';
import { onAbort } from './abort.js';
import type { Clock, Timer } from './clock.js';
import { checkOffered, checkUndecided } from './decisions.js';

/** How to accept. */
export interface AcceptOptions {
  /**
   * The subprotocol to agree on, out of those that the sender offered.
   * @defaultValue the first one offered, as other listeners do; none if none was
   */
  readonly protocol?: string | undefined;
  /**
   * As in `net.createServer`: whether this end stays open for writing after the sender ended.
   * @defaultValue the listener's own `allowHalfOpen`
   */
  readonly allowHalfOpen?: boolean | undefined;
}

/** A sender that wants to connect, as the listener sees it. */
export interface IncomingConnection {
  /** Names the connection in the logs of sender, relay and listener. */
  readonly id: string;
  /** The same, but where many connections share one rendezvous: the id of that, which is what the relay's log has. */
  readonly rendezvousId: string;
  /** The rendezvous address, without what is secret in it. */
  readonly address: string;
  /** What the sender added to the hybrid connection's path, such as `/tenants/7`; empty if nothing. Decoded. */
  readonly path: string;
  /** The sender's query with its `?`, as it was written; empty if none. */
  readonly query: string;
  /** The headers of the sender's request, by names in lower case; its credentials are not among them. */
  readonly headers: Headers;
  /** The subprotocols that the sender offered, in its order. */
  readonly protocols: readonly string[];
  /** Where the sender is, as far as the relay tells. */
  readonly remoteEndpoint: RemoteEndpoint;
  /** What became of it. A connection expires when nobody decides for 30 seconds. */
  readonly state: 'waiting' | 'accepted' | 'rejected' | 'expired';
  /**
   * Takes the connection. The socket is there at once and opens soon; it belongs to the caller.
   * @throws RelayError `ERR_RELAY_CLOSED` when it is not waiting any more, `ERR_RELAY_ARGUMENT` for a subprotocol that
   *   was not offered.
   */
  accept(options?: AcceptOptions): HybridConnectionSocket;
  /**
   * The same for `splice()`, which needs no stream in between.
   * @throws RelayError as {@link IncomingConnection.accept}
   */
  acceptChannel(options?: Pick<AcceptOptions, 'protocol'>): OpeningChannel;
  /**
   * Refuses the connection; the sender gets this as the status line of its answer.
   * @param status - 400 to 599
   * @param description - for a person, in ASCII
   * @throws RelayError `ERR_RELAY_CLOSED` when it is not waiting any more.
   */
  reject(status: number, description: string): void;
}

/** Something that was accepted, and can be cut. */
export interface Accepted {
  destroy(): unknown;
}

/** What an incoming connection needs from its listener. */
export interface IncomingConnectionContext {
  /** Path of the hybrid connection. */
  readonly entityPath: string;
  readonly allowHalfOpen: boolean;
  readonly clock: Clock;
  readonly dial: (address: string) => Dial;
  /** It is no longer waiting. */
  readonly onSettle: () => void;
  /** It was accepted; by whom does not matter. */
  readonly onAccept: (socket: HybridConnectionSocket) => void;
  /** The same without a socket … */
  readonly onAcceptChannel: (accepted: Accepted) => void;
  /** … and it is closed, or did not open. */
  readonly onClosed: (accepted: Accepted) => void;
  /** It is being rejected, by whomever … */
  readonly onReject: () => void;
  /** … and the relay has been told, as far as that is possible. */
  readonly onRejected: () => void;
  readonly onExpire: () => void;
  /** The relay could not be told of a rejection, so the sender waits for its timeout. */
  readonly onProblem: (problem: Error) => void;
}

const PROTOCOLS = 'sec-websocket-protocol';

/** An incoming connection on its way from the relay's message to a decision. */
export class PendingConnection implements IncomingConnection {
  readonly id: string;
  readonly address: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Headers;
  readonly protocols: readonly string[];
  readonly remoteEndpoint: RemoteEndpoint;
  readonly #rendezvous: string;
  readonly #context: IncomingConnectionContext;
  #dial: Dial;
  readonly #announcedAt: number;
  readonly #timer: Timer;
  #state: IncomingConnection['state'] = 'waiting';
  #socket: HybridConnectionSocket | undefined;
  #isAborted = false;

  /** @throws RelayError `ERR_RELAY_PROTOCOL` when the message cannot be made sense of. */
  constructor(message: Accept, context: IncomingConnectionContext) {
    const url = new URL(message.address);
    const target = parseUpgradeTarget(url.pathname + url.search);
    this.id = message.id;
    this.address = `${url.protocol}//${url.host}${url.pathname}${target.appQuery}`;
    this.path = suffixOf(target.path, context.entityPath);
    this.query = target.appQuery;
    this.headers = lowerCased(message.connectHeaders);
    this.protocols = applicationProtocols(listIn(this.headers[PROTOCOLS] ?? ''));
    this.remoteEndpoint = message.remoteEndpoint;
    this.#rendezvous = message.address;
    this.#context = context;
    this.#announcedAt = context.clock.now();
    this.#dial = context.dial(message.address);
    this.#timer = context.clock.setTimer(() => this.#expire(), ACCEPT_TIMEOUT_MS);
    this.#timer.unref();
  }

  get rendezvousId(): string {
    return this.id;
  }

  get state(): IncomingConnection['state'] {
    return this.#state;
  }

  /** Whether the sender would share the rendezvous among many streams. */
  get offersMultiplex(): boolean {
    return listIn(this.headers[PROTOCOLS] ?? '').includes(MULTIPLEX_PROTOCOL);
  }

  /** What it became, once accepted. */
  get socket(): HybridConnectionSocket | undefined {
    return this.#socket;
  }

  accept(options: AcceptOptions = {}): HybridConnectionSocket {
    const { allowHalfOpen = this.#context.allowHalfOpen } = options;
    const protocols = this.#chosen(options);
    this.#settle('accepted');
    const open = async (signal: AbortSignal) => {
      const forget = onAbort(signal, () => this.abort());
      return this.#meet(protocols).finally(forget);
    };
    const socket = new HybridConnectionSocket(open, { allowHalfOpen });
    this.#socket = socket;
    this.#context.onAccept(socket);
    return socket;
  }

  acceptChannel(options: Pick<AcceptOptions, 'protocol'> = {}): OpeningChannel {
    const protocols = this.#chosen(options);
    this.#settle('accepted');
    const { onAcceptChannel, onClosed } = this.#context;
    const accepted = new AcceptedChannel(this);
    onAcceptChannel(accepted);
    const opened = this.#meet(protocols).then(
      (channel) => accepted.open(channel),
      (error) => {
        onClosed(accepted);
        throw error;
      },
    );
    return { opened, abort: () => this.abort(), onClosed: closing(accepted, onClosed) };
  }

  /** Takes the rendezvous for a session, which is not a connection yet. @param protocol - to agree on */
  acceptSession(protocol: string): Promise<DataChannel> {
    this.#settle('accepted');
    return this.#meet([protocol]);
  }

  /** The handler has had its say. */
  handled(): void {}

  reject(status: number, description: string): void {
    this.#settle('rejected');
    this.#context.onReject();
    void this.#refuse(rejectAddress(this.#rendezvous, status, description));
  }

  /** Leaves it as it is, at once. */
  abort(): void {
    this.#isAborted = true;
    this.#timer.cancel();
    this.#dial.abort();
    this.#socket?.destroy();
  }

  #settle(state: 'accepted' | 'rejected'): void {
    checkUndecided(this);
    this.#state = state;
    this.#timer.cancel();
    this.#context.onSettle();
  }

  #expire(): void {
    this.#state = 'expired';
    this.#dial.abort();
    this.#context.onSettle();
    this.#context.onExpire();
  }

  #chosen({ protocol = this.protocols[0] }: Pick<AcceptOptions, 'protocol'>): readonly string[] {
    if (protocol === undefined) return [];
    checkOffered(protocol, this);
    return [protocol];
  }

  async #meet(protocols: readonly string[]): Promise<DataChannel> {
    try {
      return await this.#upgrade({ protocols });
    } catch (error) {
      throw rendezvousFailed(this.id, error);
    }
  }

  async #refuse(url: string): Promise<void> {
    try {
      const channel = await this.#upgrade({ url });
      channel.abort();
    } catch (error) {
      // The relay answers 410, or some other status when the sender is gone by now; either way it knows.
      if (!isAnswer(error) && !this.#isAborted) this.#context.onProblem(rendezvousFailed(this.id, error));
    }
    this.#context.onRejected();
  }

  async #upgrade(options: UpgradeOptions): Promise<DataChannel> {
    const waitedMs = this.#context.clock.now() - this.#announcedAt;
    try {
      return (await this.#dial.upgrade(options)).channel;
    } catch (error) {
      if (isAnswer(error) || this.#isAborted || waitedMs < HELD_MS) throw error;
      this.#dial = this.#context.dial(this.#rendezvous);
      return (await this.#dial.upgrade(options)).channel;
    }
  }
}

/** A channel that was accepted. Once it is open it is all that is kept: not the sender's request, nor how it was dialled. */
class AcceptedChannel implements Accepted {
  /** The connection until it is open, and then the channel. */
  #way: { abort(): void };

  constructor(connection: PendingConnection) {
    this.#way = connection;
  }

  open(channel: Channel): Channel {
    this.#way = channel;
    return channel;
  }

  destroy(): void {
    this.#way.abort();
  }
}

/** Apart from where it is used, so that it keeps no more than these two in memory. */
function closing(accepted: Accepted, onClosed: (accepted: Accepted) => void): () => void {
  return () => onClosed(accepted);
}

/**
 * A front end of the relay may have closed a connection on which nothing was asked for this long; then it is dialled
 * once more. That can do no harm: the address is good for one meeting. Ours: no front end is that impatient.
 */
const HELD_MS = 1_000;

/** Whether the relay itself said no. */
function isAnswer(error: unknown): boolean {
  return error instanceof RelayError && error.status !== undefined && error.code !== 'ERR_RELAY_PROXY';
}

function rendezvousFailed(id: string, cause: unknown): Error {
  const words = cause instanceof Error ? cause.message : String(cause);
  const error = new Error(`The rendezvous for connection ${id} failed: ${words}`, { cause });
  return Object.assign(error, { code: socketErrorCode(cause), syscall: 'connect' });
}

/** Relays match names without regard to case, and keep the sender's spelling. */
function suffixOf(path: string, entityPath: string): string {
  const own = path.slice(0, entityPath.length);
  const rest = path.slice(entityPath.length);
  if (own.toLowerCase() === entityPath.toLowerCase() && (rest === '' || rest.startsWith('/'))) return rest;
  return `/${path}`;
}

function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function listIn(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
