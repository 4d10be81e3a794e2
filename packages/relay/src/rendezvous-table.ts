/**
 * Senders that wait for a listener, each under the secret of its rendezvous address.
 *
 * A sender waits until a listener dials the address, says no there, or none comes in time. When the listener that was
 * asked goes away, the next one is asked at once, under the same address: it can be used once, by whoever is first.
 *
 * Source: docs/protocol.md, sections 3.1 and 3.2.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { RENDEZVOUS_SECRET_BYTES, type Refusal, refusals } from '@hybridge/protocol';
import type { Backplane, BackplaneReply } from './backplane.js';
import type { HybridConnection, Namespace } from './directory.js';
import type { Logger } from './logger.js';
import { decodeReply, encode, type Offer, type OfferReply } from './offer.js';

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

interface Entry<W extends Waiter> {
  readonly waiter: W;
  readonly secret: string;
  readonly timer: NodeJS.Timeout;
  attempts: number;
  /** Who was asked last. */
  listenerId: string | undefined;
}

/** All who wait. */
export class RendezvousTable<W extends Waiter> {
  readonly #backplane: Backplane;
  readonly #acceptMs: number;
  readonly #logger: Logger;
  readonly #bySecret = new Map<string, Entry<W>>();
  readonly #byWaiter = new Map<W, Entry<W>>();
  readonly #counts = new Map<Namespace, number>();

  /** @param acceptMs - how long a sender waits, and so how long its address can be used */
  constructor(backplane: Backplane, acceptMs: number, logger: Logger) {
    this.#backplane = backplane;
    this.#acceptMs = acceptMs;
    this.#logger = logger;
  }

  /** How many wait in a namespace. */
  countIn(namespace: Namespace): number {
    return this.#counts.get(namespace) ?? 0;
  }

  /** Lets a sender wait, and asks a listener to come. Resolves once one was asked, or the sender was refused. */
  async wait(waiter: W): Promise<void> {
    const secret = randomBytes(RENDEZVOUS_SECRET_BYTES).toString('base64url');
    const timer = setTimeout(() => this.#refuse(entry, refusals.noListenerAccepted()), this.#acceptMs);
    const entry: Entry<W> = { waiter, secret, timer, attempts: 0, listenerId: undefined };
    const { namespace } = waiter.hybridConnection;
    this.#bySecret.set(secret, entry);
    this.#byWaiter.set(waiter, entry);
    this.#counts.set(namespace, this.countIn(namespace) + 1);
    await this.#ask(entry);
  }

  /** A listener dialled: the sender that waits under this secret, who thereby waits no longer. */
  meet(secret: string): W | undefined {
    const entry = this.#bySecret.get(secret);
    return entry !== undefined && this.#remove(entry) ? entry.waiter : undefined;
  }

  /** The sender went away. */
  cancel(waiter: W): void {
    const entry = this.#byWaiter.get(waiter);
    if (entry !== undefined) this.#remove(entry);
  }

  /** A control channel ended: whoever was offered to it is offered to the next. */
  async listenerGone(listenerId: string): Promise<void> {
    const entries = [...this.#bySecret.values()].filter((entry) => entry.listenerId === listenerId);
    await Promise.all(entries.map((entry) => this.#ask(entry)));
  }

  /** Refuses all who wait, or those of one hybrid connection. */
  refuseAll(refusal: Refusal, hybridConnection?: HybridConnection): void {
    for (const entry of [...this.#bySecret.values()]) {
      if (hybridConnection !== undefined && entry.waiter.hybridConnection !== hybridConnection) continue;
      this.#refuse(entry, refusal);
    }
  }

  /** Asks one listener after the other until one has been told. A backplane that fails is the relay's own failure. */
  async #ask(entry: Entry<W>): Promise<void> {
    try {
      await this.#askInTurn(entry);
    } catch (error) {
      this.#logger.error('The backplane failed', { error });
      this.#refuse(entry, refusals.internal());
    }
  }

  async #askInTurn(entry: Entry<W>): Promise<void> {
    const { hybridConnection, offer } = entry.waiter;
    const bytes = encode({ ...offer, secret: entry.secret });
    entry.listenerId = undefined;
    while (this.#bySecret.has(entry.secret)) {
      entry.attempts += 1;
      const reply =
        entry.attempts > MAX_ATTEMPTS
          ? ({ type: 'no-responders' } as const)
          : await this.#backplane.request(hybridConnection.backplanePath, bytes, BACKPLANE_TIMEOUT_MS);
      const outcome = outcomeOf(reply);
      switch (outcome.type) {
        case 'sent':
          entry.listenerId = outcome.listenerId;
          return;
        case 'too-large':
          this.#refuse(entry, tooLarge);
          return;
        case 'no-responders':
          this.#refuse(entry, refusals.noListeners(hybridConnection.name));
          return;
        default:
          break;
      }
    }
  }

  #refuse(entry: Entry<W>, refusal: Refusal): void {
    if (this.#remove(entry)) entry.waiter.onRefused(refusal);
  }

  #remove(entry: Entry<W>): boolean {
    if (!this.#bySecret.delete(entry.secret)) return false;
    this.#byWaiter.delete(entry.waiter);
    clearTimeout(entry.timer);
    const { namespace } = entry.waiter.hybridConnection;
    const left = this.countIn(namespace) - 1;
    if (left === 0) this.#counts.delete(namespace);
    else this.#counts.set(namespace, left);
    return true;
  }
}

const tooLarge: Refusal = {
  status: 431,
  code: 'RequestHeaderFieldsTooLarge',
  reason: 'The headers of the request do not fit in a message to the listener.',
};

function outcomeOf(reply: BackplaneReply): OfferReply | Exclude<BackplaneReply, { type: 'reply' }> {
  return reply.type === 'reply' ? decodeReply(reply.bytes) : reply;
}
