/**
 * One listener's control channel, from the relay's side.
 *
 * It passes offers and requests on and answers back, pings, and ends itself when the listener's right is lost (`held-grant.ts`), when
 * the listener is silent, does not read, or says what it may not say. It knows nothing of other channels.
 *
 * Back-pressure: offers are small, and none waits here longer than the turn of the event loop; what the listener does not
 * read lies in its socket's buffer, and when that grows past a limit the channel is cut. In the other direction messages are handled at once.
 *
 * Source: docs/protocol.md, sections 2.3 to 2.8.
 * @module
 */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  acceptAddress,
  CloseCode,
  formatFromRelay,
  isRelayError,
  parseFromListener,
  type Response,
} from '@hybridge/protocol';
import { type Beating, MessageBatch, takeWholeMessages } from '@hybridge/socket';
import type { WebSocket } from 'ws';
import type { Grant } from '../authorization/authorize.js';
import type { HybridConnection, KeySlot } from '../directory/directory.js';
import { closeReason } from '../front/tracking.js';
import { type RequestOffer, type RequestOfferReply, requestMessage } from '../http/request-offer.js';
import { resolveBase } from '../tunnels/rendezvous-base.js';
import { HeldGrant, type HeldGrantOptions, type LostGrant } from './held-grant.js';
import type { Offer, OfferReply } from './offer.js';
import { Punctuality } from './punctuality.js';

/** Why and how a channel ended. */
export interface ControlChannelEnd extends LostGrant {
  /** Code of the Close frame, of whichever side closed; 1006 when there was none. */
  readonly code: number;
  readonly reason: string;
  /** The listener is well, and will still come to the senders that it was told of. */
  readonly recycled?: boolean;
}

/** What holds for all channels of a relay. */
export interface ControlChannelRules {
  /** How long after its expiry a token counts, in milliseconds. */
  readonly graceMs: number;
  /** After how long the listener is sent to open another channel; 0 for never. */
  readonly recycleMs: number;
  /** Bytes of one message of the listener's. */
  readonly messageBytes: number;
  /** Bytes of the body of a response, which is a message of its own. */
  readonly bodyBytes: number;
  /** Bytes that the listener may leave unread. */
  readonly backlogBytes: number;
  /** Beats without a sign of life before the listener counts as dead. */
  readonly silentBeats: number;
}

/** What a channel is made of. */
export interface ControlChannelOptions extends HeldGrantOptions {
  readonly hybridConnection: HybridConnection;
  /** What addresses for this listener begin with, unless the offer says: scheme and the host that it dialled. */
  readonly base: string;
  readonly remoteAddress: string;
  readonly rules: ControlChannelRules;
  /** The listener answers an HTTP request, with all of the body, if there is one. */
  readonly onResponse: (response: Response, body: Buffer | undefined) => void;
  /** Called once, when no more offers can be passed on; the Close frame may still be on its way. */
  readonly onEnd: (end: ControlChannelEnd) => void;
}

interface Open {
  readonly name: 'open';
  /** What the listener says, and control frames. */
  readonly socket: WebSocket;
  /** What it is told, once for each turn of the event loop. */
  readonly batch: MessageBatch;
}

type State = { readonly name: 'opening' } | Open | { readonly name: 'ended' };

/** A control channel, from before its handshake is answered to its end. */
export class ControlChannel implements Beating {
  /** The relay's own id of this channel. */
  readonly id = randomUUID();
  readonly openedAt: Date;
  readonly options: ControlChannelOptions;
  /** Whether its listener comes when it is called. */
  readonly punctuality: Punctuality;
  readonly #right: HeldGrant;
  #state: State = { name: 'opening' };
  #settle!: () => void;
  /** Resolves when the state is no longer `opening`. */
  readonly #settled = new Promise<void>((resolve) => {
    this.#settle = resolve;
  });
  #recycleTimer: NodeJS.Timeout | undefined;
  #lastSeen: number;
  #silentBeats = 0;
  /** A response whose body follows. */
  #unfinished: Response | undefined;

  constructor(options: ControlChannelOptions) {
    this.options = options;
    this.#right = new HeldGrant(options, this.id, (sentence, why) =>
      this.close(CloseCode.policyViolation, sentence, why),
    );
    this.punctuality = new Punctuality(options.now);
    this.#lastSeen = options.now();
    this.openedAt = new Date(this.#lastSeen);
  }

  /** By what right the listener is here now. */
  get grant(): Grant {
    return this.#right.current;
  }

  /** Whether the key by which the listener was here is none of its policy any more. */
  get isRevoked(): boolean {
    return this.#right.isRevoked;
  }

  /** When something last came from the listener. */
  get lastSeen(): Date {
    return new Date(this.#lastSeen);
  }

  /** Its handshake is answered and it has not ended. */
  get online(): boolean {
    return this.#state.name === 'open';
  }

  /** It takes no more offers. */
  get ended(): boolean {
    return this.#state.name === 'ended';
  }

  /** Names the listener beyond this channel: one that reconnects has the same key. */
  get listenerKey(): string {
    return this.#right.listenerKey;
  }

  /** Resolves when its handshake is answered, or has failed. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /**
   * The handshake is answered: offers can be passed on.
   * @param connection - what `socket` reads and writes
   */
  open(socket: WebSocket, connection: Duplex): void {
    this.#state = { name: 'open', socket, batch: new MessageBatch(connection, false) };
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.#onBinary(data as Buffer);
      else this.#onText(data.toString(), (data as Buffer).length);
    });
    takeWholeMessages(connection, {
      isMasked: true,
      maxBytes: Math.max(this.options.rules.messageBytes, this.options.rules.bodyBytes),
      isOpen: () => socket.readyState === socket.OPEN,
      onText: (text) => this.#onText(text, text.length),
      onBinary: (bytes) => this.#onBinary(bytes),
    });
    socket.on('ping', (data) => this.#onPing(socket, data));
    socket.on('pong', () => this.#onSign());
    socket.on('error', (error) => this.#end({ code: 1006, reason: error.message }));
    socket.on('close', (code, reason) => this.#end({ code, reason: reason.toString() }));
    const { recycleMs } = this.options.rules;
    if (recycleMs > 0) this.#recycleTimer = setTimeout(() => this.#recycle(), recycleMs).unref();
    this.#right.watch();
    this.#settle();
  }

  /** The key by which the listener is here has moved, or `undefined`: it is no key of its policy any more. */
  rekey(key: KeySlot | undefined): void {
    this.#right.rekey(key);
  }

  /** Passes an offer on to the listener: at once, unless its handshake has not been answered yet. */
  offer(offer: Offer): OfferReply | Promise<OfferReply> {
    return this.#state.name === 'opening' ? this.#settled.then(() => this.#offer(offer)) : this.#offer(offer);
  }

  #offer({ base: given, rawPath, appQuery, secret, id, connectHeaders, remoteEndpoint }: Offer): OfferReply {
    const base = resolveBase(given, this.options.base);
    const address = acceptAddress({ base, rawPath, appQuery, secret, id });
    let text: string;
    try {
      text = formatFromRelay({ type: 'accept', id, address, connectHeaders, remoteEndpoint });
    } catch (error) {
      if (isRelayError(error)) return { type: 'too-large' };
      throw error;
    }
    const open = this.#writable();
    if (open === undefined) return { type: 'gone' };
    open.batch.text(text);
    this.punctuality.called();
    return { type: 'sent', listenerId: this.id };
  }

  /** Passes an HTTP request on to the listener, its body right behind it. */
  request({ base, addressPath, members, body }: RequestOffer): RequestOfferReply {
    const message = requestMessage(resolveBase(base, this.options.base) + addressPath, members);
    if (message === undefined) return { type: 'too-large' };
    const open = this.#writable();
    if (open === undefined) return { type: 'gone' };
    // Requests alone never make a channel be cut: there is room left for what else a listener has to be told.
    const share = members === '' ? 3 / 4 : 1 / 2;
    if (!hasRoom(open, share * this.options.rules.backlogBytes)) return { type: 'busy' };
    // Nothing comes between a message and its body.
    open.batch.text(message);
    if (body !== undefined) open.batch.binary(body);
    return { type: 'sent', listenerId: this.id, listenerKey: this.listenerKey };
  }

  /** Closes the channel. Offers stop at once; the listener has a moment to close its side. */
  close(code: number, sentence: string, why: Omit<ControlChannelEnd, 'code' | 'reason'> = {}): void {
    const state = this.#state;
    this.#end({ code, reason: sentence, ...why });
    if (state.name !== 'open') return;
    state.batch.flush();
    state.socket.close(code, closeReason(sentence, this.options.trackingId));
  }

  /** Drops the connection. */
  cut(reason: string): void {
    const state = this.#state;
    this.#end({ code: 1006, reason });
    if (state.name === 'open') state.socket.terminate();
  }

  /** Once a period: cuts a listener that was silent for too long, else pings it. */
  beat(): void {
    if (this.#silentBeats >= this.options.rules.silentBeats) {
      this.cut('The listener did not answer a ping');
      return;
    }
    this.#silentBeats += 1;
    this.#writable()?.socket.ping();
  }

  #onSign(): void {
    this.#lastSeen = this.options.now();
    this.#silentBeats = 0;
  }

  #onPing(socket: WebSocket, data: Buffer): void {
    this.#onSign();
    if (this.#writable() !== undefined) socket.pong(data);
  }

  /** Whether a message is to be read: it comes in time, and is not too long. */
  #takes(length: number, limit: number): boolean {
    if (this.#state.name !== 'open') return false;
    this.#onSign();
    if (length <= limit) return true;
    this.close(CloseCode.messageTooBig, `A control message is longer than ${limit} bytes.`);
    return false;
  }

  /** hyco-https sends a stray empty body after answers that have none. */
  #onBinary(data: Buffer): void {
    const { bodyBytes, messageBytes } = this.options.rules;
    if (!this.#takes(data.length, this.#unfinished ? bodyBytes : messageBytes)) return;
    const response = this.#unfinished;
    this.#unfinished = undefined;
    if (response !== undefined) this.options.onResponse(response, data);
    else if (data.length > 0) {
      this.close(CloseCode.protocolError, 'A body came without a response before it.');
    }
  }

  /** @param length - in bytes */
  #onText(text: string, length: number): void {
    if (!this.#takes(length, this.options.rules.messageBytes)) return;
    let message: ReturnType<typeof parseFromListener>;
    try {
      message = parseFromListener(text);
    } catch (error) {
      if (!isRelayError(error)) throw error;
      this.close(CloseCode.protocolError, error.message);
      return;
    }
    switch (message.type) {
      case 'renewToken':
        void this.#right.renew(message.token);
        break;
      case 'response':
        this.#onResponse(message);
        break;
      case 'unrecognized':
        // A newer listener may say more than this relay knows.
        this.options.logger.debug('A control message of an unknown kind was passed over', {
          key: message.key.slice(0, 64),
          trackingId: this.options.trackingId,
        });
        break;
    }
  }

  #onResponse(response: Response): void {
    if (this.#unfinished !== undefined) {
      this.close(CloseCode.protocolError, 'A response came where the body of another was due.');
    } else if (response.body) {
      this.#unfinished = response;
    } else {
      this.options.onResponse(response, undefined);
    }
  }

  /** Azure's service does so every 24 hours; what reads logs of the .NET client knows the word. */
  #recycle(): void {
    this.close(CloseCode.internalError, 'NameRenewalFailed.', { recycled: true });
  }

  /** What can be written to, if it can. A listener that leaves too much unread is cut. */
  #writable(): Open | undefined {
    const state = this.#state;
    if (state.name !== 'open' || state.socket.readyState !== state.socket.OPEN) return undefined;
    if (hasRoom(state, this.options.rules.backlogBytes)) return state;
    this.cut('The listener does not read its control channel');
    return undefined;
  }

  #end(end: ControlChannelEnd): void {
    if (this.#state.name === 'ended') return;
    this.#state = { name: 'ended' };
    this.#right.stop();
    clearTimeout(this.#recycleTimer);
    this.#settle();
    this.options.onEnd(end);
  }
}

/** Whether no more than this waits to be sent, when all has been handed to the kernel that it takes. */
function hasRoom({ socket, batch }: Open, bytes: number): boolean {
  if (batch.pending + socket.bufferedAmount > bytes) batch.flush();
  return socket.bufferedAmount <= bytes;
}
