/**
 * What a listener can be doing, and what it says when that changes.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RelayError } from '@hybridge/protocol';
import type { HybridConnectionSocket } from '@hybridge/socket';
import type { IncomingConnection } from './incoming-connection.js';

/** What a listener is doing. There is one at a time. */
export type ListenerState =
  /** `listen()` has not been called. */
  | { readonly name: 'idle' }
  /** It asks for a token and dials the relay. */
  | {
      readonly name: 'connecting';
      /** 1 at first, and right after a loss. */
      readonly attempt: number;
    }
  /** The control channel is open, and was heard from within `livenessTimeoutMs`. */
  | { readonly name: 'online'; readonly since: Date; readonly renewTokenAt: Date }
  /** The control channel was lost, or could not be opened; it is tried again. */
  | {
      readonly name: 'waiting';
      /** How many attempts have failed. */
      readonly attempt: number;
      readonly retryAt: Date;
      readonly because: RelayError;
    }
  /** `close()` was called; connections that are open may still finish. */
  | { readonly name: 'closing' }
  /** Nothing is left. */
  | {
      readonly name: 'closed';
      /** Why, when it was not asked to. */
      readonly because?: RelayError;
    };

/** What a listener emits. */
export interface ListenerEvents {
  /** A sender is connected, and nothing has been read yet. */
  connection: [socket: HybridConnectionSocket, request: IncomingConnection];
  /** A sender makes an HTTP request. The two are what `http.Server` gives; where nobody listens, the answer is 501. */
  request: [request: IncomingMessage, response: ServerResponse];
  /** Something else is being done now; also each time a token was renewed. */
  state: [state: ListenerState];
  /** The control channel is open. */
  online: [];
  /** The control channel is lost; it will be reopened. */
  offline: [because: RelayError];
  /**
   * A problem of one connection, request or message, which touches nothing else. Where nobody listens for it, it goes to
   * `process.emitWarning`.
   */
  warning: [problem: Error];
  /** The relay refused the listener when it first came; it is closed. `listen()` rejects with the same. */
  error: [because: RelayError];
  /** Nothing is left: no control channel, no connection. */
  close: [];
}
