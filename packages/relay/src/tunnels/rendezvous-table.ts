/**
 * Senders that wait for a listener, each under the secrets of its rendezvous addresses.
 *
 * A sender waits until a listener dials one of its addresses, says no there, or none comes in time. Each listener that
 * is asked gets an address of its own, so that it is known who answers; the first to come meets the sender, and the
 * other addresses die with that. The next listener is asked when the one before
 *
 * - loses its control channel,
 * - does not come within a while, in which case it may still come, or
 * - says that it cannot reach its target; any other no is the application's answer, and final.
 *
 * Source: docs/protocol.md, sections 2.10 (listener choice), 3.1, 3.2 and 3.3 (rejecting).
 * @module
 */
import { type Refusal, refusals } from '@hybridge/protocol';
import type { HybridConnection, Namespace } from '../directory/directory.js';
import type { Backplane, DirectSenderReply } from '../listeners/backplane.js';
import type { ListenerChoice } from '../listeners/listener-choice.js';
import { decodeReply, encode, type Offer } from '../listeners/offer.js';
import type { Logger } from '../logger.js';
import { newSecret } from './secrets.js';

/** More than the listeners that one hybrid connection can have; a sender that met as many gone ones meets no other. */
const MAX_ATTEMPTS = 30;

/** How long another relay may take to pass an offer on. It answers in milliseconds, or it is frozen. */
const BACKPLANE_TIMEOUT_MS = 1_000;

/** A sender, as far as waiting is concerned. */
export interface Waiter {
  readonly hybridConnection: HybridConnection;
  readonly offer: Omit<Offer, 'secret'>;
  /** Nobody came, the listener said no, or everybody was told to leave. */
  onRefused(refusal: Refusal): void;
}

/** What the table works with. */
export interface RendezvousTableOptions<W extends Waiter = Waiter> {
  readonly backplane: Backplane;
  /** How long a sender waits, and so how long its addresses can be used, in milliseconds. */
  readonly acceptMs: number;
  /** After how long without an answer the next listener is asked, in milliseconds. */
  readonly nextListenerAfterMs: number;
  readonly logger: Logger;
  /** A listener is about to be asked to come for a sender. */
  onAsking?(waiter: W): void;
  /** It was. */
  onAsked?(waiter: W, listenerId: string): void;
  /** A listener answered an offer, whatever it said. */
  readonly onAnswered?: (listenerId: string) => void;
  /** A listener did not answer in time. It may still. */
  readonly onLate?: (listenerId: string) => void;
}

/** One listener asked for one sender. */
interface Call<W extends Waiter> {
  readonly entry: Entry<W>;
  readonly secret: string;
  /** Known once the listener was told. */
  listenerId: string | undefined;
  /** `late` ones may still come; `over` ones are gone or said no. */
  state: 'open' | 'late' | 'over';
}

interface Entry<W extends Waiter> {
  readonly waiter: W;
  readonly deadline: NodeJS.Timeout;
  /** Until the next listener is asked. */
  patience: NodeJS.Timeout | undefined;
  /** In the order in which they were made. */
  readonly calls: Call<W>[];
  attempts: number;
  asking: boolean;
  /** What the last listener said that could not reach its target. */
  failure: Refusal | undefined;
}

/** All who wait. */
export class RendezvousTable<W extends Waiter> {
  readonly #options: RendezvousTableOptions<W>;
  readonly #calls = new Map<string, Call<W>>();
  readonly #entries = new Map<W, Entry<W>>();
  readonly #counts = new Map<Namespace, number>();

  constructor(options: RendezvousTableOptions<W>) {
    this.#options = options;
  }

  /** How many wait in a namespace. */
  countIn(namespace: Namespace): number {
    return this.#counts.get(namespace) ?? 0;
  }

  /** Lets a sender wait, and asks a listener to come. Resolves once one was asked, or the sender was refused. */
  async wait(waiter: W): Promise<void> {
    const entry: Entry<W> = {
      waiter,
      deadline: setTimeout(() => this.#expire(entry), this.#options.acceptMs),
      patience: undefined,
      calls: [],
      attempts: 0,
      asking: false,
      failure: undefined,
    };
    const { namespace } = waiter.hybridConnection;
    this.#entries.set(waiter, entry);
    this.#counts.set(namespace, this.countIn(namespace) + 1);
    await this.#ask(entry);
  }

  /** Who waits under a secret. */
  find(secret: string): W | undefined {
    return this.#calls.get(secret)?.entry.waiter;
  }

  /** The control channel of the listener that was given a secret, as far as that is known yet. */
  listenerOf(secret: string): string | undefined {
    return this.#calls.get(secret)?.listenerId;
  }

  /** A listener dialled: the sender that waits under this secret, who thereby waits no longer. */
  meet(secret: string): W | undefined {
    const call = this.#calls.get(secret);
    if (call === undefined) return undefined;
    this.#answered(call);
    this.#remove(call.entry);
    return call.entry.waiter;
  }

  /**
   * A listener dialled, and could not reach its target: the next one is asked. When there is no other, and none that
   * was asked may still come, the sender gets this refusal.
   */
  async declined(secret: string, failure: Refusal): Promise<void> {
    const call = this.#calls.get(secret);
    if (call === undefined) return;
    this.#answered(call);
    call.entry.failure = failure;
    await this.#over(call);
  }

  /** The sender went away. */
  cancel(waiter: W): void {
    const entry = this.#entries.get(waiter);
    if (entry !== undefined) this.#remove(entry);
  }

  /** A control channel ended: whoever was offered to it is offered to the next. */
  async listenerGone(listenerId: string): Promise<void> {
    const calls = [...this.#calls.values()].filter((call) => call.listenerId === listenerId);
    await Promise.all(calls.map((call) => this.#over(call)));
  }

  /** Refuses all who wait, or those of one hybrid connection. */
  refuseAll(refusal: Refusal, hybridConnection?: HybridConnection): void {
    for (const entry of [...this.#entries.values()]) {
      if (hybridConnection !== undefined && entry.waiter.hybridConnection !== hybridConnection) continue;
      this.#refuse(entry, refusal);
    }
  }

  #answered({ listenerId }: Call<W>): void {
    if (listenerId !== undefined) this.#options.onAnswered?.(listenerId);
  }

  /** Nobody comes on this call any more. If it is the one that the sender waits for, the next listener is asked. */
  async #over(call: Call<W>): Promise<void> {
    const wasWaitedFor = call.state === 'open';
    call.state = 'over';
    this.#calls.delete(call.secret);
    if (wasWaitedFor || !hasHope(call.entry)) await this.#ask(call.entry);
  }

  /** The listener that was asked takes long. It may still come, but another is asked. */
  #late(entry: Entry<W>): void {
    for (const call of entry.calls) {
      if (call.state !== 'open') continue;
      call.state = 'late';
      if (call.listenerId !== undefined) this.#options.onLate?.(call.listenerId);
    }
  }

  #expire(entry: Entry<W>): void {
    this.#late(entry);
    this.#refuse(entry, entry.failure ?? refusals.noListenerAccepted());
  }

  /** Asks one listener after the other until one has been told. A backplane that fails is the relay's own failure. */
  async #ask(entry: Entry<W>): Promise<void> {
    if (entry.asking) return;
    entry.asking = true;
    clearTimeout(entry.patience);
    try {
      await this.#askInTurn(entry);
    } catch (error) {
      this.#options.logger.error('The backplane failed', { error });
      this.#refuse(entry, refusals.internal());
    } finally {
      entry.asking = false;
    }
  }

  async #askInTurn(entry: Entry<W>): Promise<void> {
    while (this.#isWaiting(entry)) {
      if (entry.attempts >= MAX_ATTEMPTS) {
        this.#nobodyElse(entry, 'no-responders');
        return;
      }
      entry.attempts += 1;
      const call = this.#newCall(entry);
      this.#options.onAsking?.(entry.waiter);
      const offered = this.#offer(call);
      // Where both are in one process, the listener is told in the turn of the event loop in which the sender came.
      const outcome = offered instanceof Promise ? await offered : offered;
      if (!this.#isWaiting(entry)) return;
      switch (outcome.type) {
        case 'sent':
          call.listenerId = outcome.listenerId;
          this.#options.onAsked?.(entry.waiter, outcome.listenerId);
          // With another relay between, the listener's answer may have been faster.
          if (call.state !== 'open') break;
          this.#hurry(entry);
          return;
        case 'too-large':
          this.#refuse(entry, tooLarge);
          return;
        case 'no-responders':
        case 'not-chosen':
          this.#drop(call);
          this.#nobodyElse(entry, outcome.type);
          return;
        case 'gone':
          this.#drop(call);
          break;
        case 'timeout':
          // The other relay may have passed the offer on nevertheless.
          call.state = 'late';
          break;
      }
    }
  }

  #newCall(entry: Entry<W>): Call<W> {
    const secret = newSecret();
    const call: Call<W> = { entry, secret, listenerId: undefined, state: 'open' };
    entry.calls.push(call);
    this.#calls.set(secret, call);
    return call;
  }

  #offer({ entry, secret }: Call<W>): DirectSenderReply | Promise<DirectSenderReply> {
    const { hybridConnection, offer } = entry.waiter;
    const tried = entry.calls.flatMap(({ listenerId }) => listenerId ?? []);
    const choice: ListenerChoice | undefined = tried.length === 0 ? offer.choice : { ...offer.choice, tried };
    const whole: Offer = { ...offer, secret, choice };
    const path = hybridConnection.backplanePath;
    const { backplane } = this.#options;
    return backplane.passSender?.(path, whole, BACKPLANE_TIMEOUT_MS) ?? this.#request(path, whole);
  }

  async #request(path: string, offer: Offer): Promise<DirectSenderReply> {
    const reply = await this.#options.backplane.request(path, encode(offer), BACKPLANE_TIMEOUT_MS);
    return reply.type === 'reply' ? decodeReply(reply.bytes) : reply;
  }

  /** Lets the sender wait for who was asked, and asks around again if that one takes long. */
  #hurry(entry: Entry<W>): void {
    clearTimeout(entry.patience);
    entry.patience = setTimeout(() => {
      this.#late(entry);
      void this.#ask(entry);
    }, this.#options.nextListenerAfterMs);
  }

  /** There is no listener that was not asked. As long as one that was asked may come, so may a new one. */
  #nobodyElse(entry: Entry<W>, why: 'no-responders' | 'not-chosen'): void {
    // Who said no is a better answer than who says nothing.
    if (hasHope(entry) && entry.failure === undefined) {
      this.#hurry(entry);
      return;
    }
    const { name } = entry.waiter.hybridConnection;
    const isChoosy = entry.waiter.offer.choice !== undefined && why === 'not-chosen';
    this.#refuse(
      entry,
      entry.failure ?? (isChoosy ? refusals.noChosenListener(name) : refusals.noListeners(name)),
    );
  }

  #refuse(entry: Entry<W>, refusal: Refusal): void {
    if (this.#remove(entry)) entry.waiter.onRefused(refusal);
  }

  #isWaiting(entry: Entry<W>): boolean {
    return this.#entries.get(entry.waiter) === entry;
  }

  /** A call that reached nobody. */
  #drop(call: Call<W>): void {
    call.state = 'over';
    this.#calls.delete(call.secret);
  }

  #remove(entry: Entry<W>): boolean {
    if (!this.#entries.delete(entry.waiter)) return false;
    for (const { secret } of entry.calls) this.#calls.delete(secret);
    clearTimeout(entry.deadline);
    clearTimeout(entry.patience);
    const { namespace } = entry.waiter.hybridConnection;
    const left = this.countIn(namespace) - 1;
    if (left === 0) this.#counts.delete(namespace);
    else this.#counts.set(namespace, left);
    return true;
  }
}

/** Somebody who was asked may still come. */
function hasHope({ calls }: Entry<Waiter>): boolean {
  return calls.some(({ state }) => state !== 'over');
}

const tooLarge: Refusal = {
  status: 431,
  code: 'RequestHeaderFieldsTooLarge',
  reason: 'The headers of the request do not fit in a message to the listener.',
};
