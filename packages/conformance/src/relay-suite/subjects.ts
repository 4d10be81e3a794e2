/**
 * What the relay suites ask of a listener and of a sender, whoever wrote it.
 *
 * A library that cannot do something says so in its traits, and the tests of that thing are not made for it.
 * @module
 */
import type { Inbox } from './inbox.js';

/** A rule's name and key. */
export interface Credential {
  readonly keyName: string;
  readonly key: string;
}

/** A hybrid connection on a running relay, and what opens it. */
export interface Place {
  /** `ws://host:port` of the relay, or `wss://`. */
  readonly origin: string;
  /** The authority (PEM) that vouches for the relay's certificate; absent when it has none. */
  readonly ca?: string;
  /** The hybrid connection's name. */
  readonly entity: string;
  /** The rule of the listener can do more than listen, or that of the sender more than send. */
  readonly sharedRule?: boolean;
  readonly listener: Credential;
  readonly sender: Credential;
}

/** One open end of a relayed connection. */
export interface Peer {
  readonly inbox: Inbox;
  /** The subprotocol that was agreed on. */
  readonly protocol: string | undefined;
  /** Sends bytes, or, where the library knows text messages, text. */
  send(data: Buffer | string): void;
  /** Sends one message in several frames, where the library can. */
  sendFragments?(fragments: readonly Buffer[]): void;
  /** Finishes properly; a code and a reason count where the library knows them. */
  close(code?: number, reason?: string): void;
  /** Drops the connection without a word. */
  abort(): void;
}

/** What a listener is told of a sender; a library that does not tell leaves it out. */
export interface Incoming {
  /** What follows the hybrid connection's name: `/tenants/7`, or nothing. */
  readonly path: string;
  /** The application's own query, with its question mark, or nothing. */
  readonly query: string;
  /** The sender's headers, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the suites need to know of a library before they choose tests for it. */
export interface Traits {
  /** It has text messages besides binary ones, and keeps the boundaries of messages. */
  readonly messages: boolean;
  /** One direction can end while the other goes on. */
  readonly halfClose: boolean;
  /** It can send one message in several frames. */
  readonly fragments: boolean;
}

/** What else there is to know of a sender. */
export interface SenderTraits extends Traits {
  /** The application can set headers of its own. */
  readonly ownHeaders: boolean;
  /** It tells the reason phrase of a refusal, besides the status. */
  readonly tellsReason: boolean;
  /** What it offers first when the application offers no subprotocol; a listener that takes the first shows it. */
  readonly ownProtocol?: string;
}

/** What else there is to know of a listener. */
export interface ListenerTraits extends Traits {
  /** It can refuse a sender with a status. */
  readonly reject: boolean;
  /** It can choose among the subprotocols of a sender; otherwise it takes the first. */
  readonly chooses: boolean;
  /** It keeps {@link SenderTraits.ownProtocol} from the application. */
  readonly knowsOwnProtocols?: boolean;
}

/** A library that listens. */
export interface ListenerSubject {
  readonly name: string;
  readonly traits: ListenerTraits;
  /** Resolves once senders can reach it. @throws Refused */
  listen(place: Place, events: ListenerEvents): Promise<RunningListener>;
}

/** What happens at a listener. */
export interface ListenerEvents {
  onPeer(peer: Peer, incoming: Incoming): void;
  /** Gives the refusal for a sender, for listeners that can refuse. */
  refusalFor?(incoming: Incoming): { readonly status: number; readonly description: string } | undefined;
  /** Chooses a subprotocol, for listeners that can choose. */
  protocolFor?(offered: readonly string[]): string | undefined;
}

/** A listener that is online. */
export interface RunningListener {
  close(): Promise<void>;
}

/** A library that connects. */
export interface SenderSubject {
  readonly name: string;
  readonly traits: SenderTraits;
  /** Resolves once the connection is open from end to end. @throws Refused */
  connect(place: Place, options?: ConnectOptions): Promise<Peer>;
}

/** How a sender connects. */
export interface ConnectOptions {
  readonly suffix?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
  /** Where the token goes. A library that has only one way uses that one. */
  readonly tokenIn?: 'header' | 'query';
}

/** The relay's answer was not the one hoped for. */
export class Refused extends Error {
  override readonly name = 'Refused';
  /** The HTTP status. */
  readonly status: number;
  /** The reason phrase, where the library tells it. */
  readonly reason: string | undefined;

  constructor(status: number, reason: string | undefined, cause: unknown) {
    super(`Refused with ${status} ${reason ?? ''}`, { cause });
    this.status = status;
    this.reason = reason;
  }
}
