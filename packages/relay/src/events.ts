/**
 * What happens in a relay, as values.
 *
 * `operationName` is the word that Azure Relay's diagnostic log has for it, so that what reads those logs reads these.
 *
 * Source: docs/protocol.md, section 9.3.
 * @module
 */
import type { KeySlot } from './directory/directory.js';

/** What all events have. */
export interface RelayEvent {
  /** Azure Relay's word, without its prefix `Microsoft.Relay/HybridConnections/`. */
  readonly operationName: string;
  readonly time: Date;
  /** Name of the namespace; `undefined` for a refusal that came before one was found. */
  readonly namespace: string | undefined;
  /** Name of the hybrid connection; `undefined` for a refusal that came before one was found. */
  readonly hybridConnection: string | undefined;
  /** Ties together the log lines of sender, relay and listener. */
  readonly trackingId: string;
}

/** A listener's control channel is open: connections can come to it. */
export interface ListenerRegistered extends RelayEvent {
  /** The relay's own id of this control channel. */
  readonly listenerId: string;
  readonly remoteAddress: string;
  /** The shared access policy that let it in; with a JSON Web Token, its subject. */
  readonly policy: string;
  /** Which of the policy's keys it used; `undefined` with a JSON Web Token. */
  readonly key: KeySlot | undefined;
}

/** A listener's control channel is gone. */
export interface ListenerUnregistered extends ListenerRegistered {
  readonly durationMs: number;
  /** Code of the Close frame, of whichever side closed; 1006 when there was none. */
  readonly closeCode: number;
  /** In words. */
  readonly reason: string;
}

/** A listener did not come when it was called, more than once. Its control channel is open nevertheless. */
export interface ListenerSlow extends RelayEvent {
  readonly listenerId: string;
  /** How often in a row. */
  readonly misses: number;
  /** Until then it is called only if there is nobody else. */
  readonly passedOverUntil: Date;
}

/** By what right a sender is here. */
export interface SenderRight {
  /** The shared access policy that let it in, or the subject; `undefined` where senders need none. */
  readonly policy: string | undefined;
  /** Which of the policy's keys it used; `undefined` where there is no policy. */
  readonly key: KeySlot | undefined;
}

/** A sender was let in and waits for a listener. */
export interface SenderConnecting extends RelayEvent, SenderRight {
  /** What the listener knows the sender by: the tracking id, unless that is no GUID. */
  readonly rendezvousId: string;
  readonly remoteAddress: string;
}

/** A listener is about to be told of a sender or a request. */
export interface ListenerCalling extends RelayEvent {
  /** Whether it is for an HTTP request; else for a sender that wants a connection. */
  readonly isRequest: boolean;
}

/** A listener was told of a sender or a request. */
export interface ListenerCalled extends ListenerCalling {
  readonly listenerId: string;
}

/** A listener dialled a rendezvous address, to meet the sender there. */
export interface ListenerAccepting extends RelayEvent {
  /** `undefined`: it came before it was known that it was told. */
  readonly listenerId: string | undefined;
  readonly remoteAddress: string;
}

/** A listener dialled a rendezvous address to say that it cannot reach its target, and another listener is asked. */
export interface ListenerDeclined extends ListenerAccepting {
  readonly status: number;
  readonly reason: string;
}

/** A sender and a listener were joined. */
export interface TunnelOpened extends RelayEvent, SenderRight {
  readonly tunnelId: string;
  /** The listener's control channel; `undefined` where another relay told it. */
  readonly listenerId: string | undefined;
  readonly senderAddress: string;
  readonly listenerAddress: string;
}

/** A joined pair came apart. */
export interface TunnelClosed extends TunnelOpened {
  /** Payload bytes, without WebSocket framing. */
  readonly bytesFromSender: number;
  readonly bytesFromListener: number;
  readonly durationMs: number;
  /** In words. */
  readonly reason: string;
}

/** An HTTP request was let in, and a listener is looked for. */
export interface RequestReceived extends RelayEvent, SenderRight {
  /** What the listener knows the request by: the tracking id, unless that is no GUID or in use. */
  readonly requestId: string;
  readonly method: string;
  readonly remoteAddress: string;
}

/** The head of a response is here. */
export interface ResponseBegun extends RelayEvent {
  readonly requestId: string;
  readonly status: number;
}

/** An HTTP request is over. */
export interface RequestEnded extends RequestReceived {
  /** The status that a listener answered with; `undefined` when none did. */
  readonly status: number | undefined;
  /** In words; `undefined` when the answer was passed on whole. */
  readonly failure: string | undefined;
  /** Bytes of the bodies. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly durationMs: number;
}

/** Somebody was turned away. */
export interface Refused extends RelayEvent {
  /**
   * What was asked for: `listen`, `connect`, `accept`, `request`, `renewToken`, or `http` when it was no WebSocket upgrade.
   */
  readonly action: string;
  readonly status: number;
  /** Stable word for the reason, such as `InvalidSignature`. */
  readonly code: string;
  /** The text that was sent, without the tracking part. */
  readonly reason: string;
  readonly remoteAddress: string;
}

/** The events of a relay, for `relay.events.on(name, listener)`. */
export interface RelayEvents {
  'listener-registered': [ListenerRegistered];
  'listener-unregistered': [ListenerUnregistered];
  'listener-slow': [ListenerSlow];
  'sender-connecting': [SenderConnecting];
  'listener-calling': [ListenerCalling];
  'listener-called': [ListenerCalled];
  'listener-accepting': [ListenerAccepting];
  'listener-declined': [ListenerDeclined];
  'tunnel-opened': [TunnelOpened];
  'tunnel-closed': [TunnelClosed];
  'request-received': [RequestReceived];
  'response-begun': [ResponseBegun];
  'request-ended': [RequestEnded];
  refused: [Refused];
}
