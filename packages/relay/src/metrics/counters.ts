/**
 * Counts what happens in one process, by hybrid connection.
 *
 * An increment is one field of one object: no event has to be made for it. Bytes of joined connections are not counted as
 * they pass but looked up when somebody asks. What is refused before its hybrid connection is known is counted under
 * empty names, so that made-up names make nothing grow.
 * @module
 */
import type { HybridConnection } from '../directory/directory.js';
import { type EntityCounts, entityId } from './counts.js';

/** Hybrid connections that are counted each on its own: as many as a namespace can have. */
const MAX_ENTITIES = 10_000;

/** A joined connection, as far as its bytes go. */
export interface Flow {
  readonly hybridConnection: HybridConnection;
  readonly bytesFromSender: number;
  readonly bytesFromListener: number;
}

/** Who was turned away: a listener or a sender. */
export type Side = 'listener' | 'sender';

/** The counters of one process. */
export class Counters {
  readonly #now: () => number;
  readonly #flows: () => Iterable<Flow>;
  readonly #entities = new Map<string, Entity>();
  /** So that a name need not be looked up for each increment. */
  readonly #known = new WeakMap<HybridConnection, Entity>();
  readonly #nobody = new Entity('', '');
  readonly #refusals = new Map<string, number>();

  /**
   * @param now - any clock that does not jump, in milliseconds
   * @param flows - the joined connections of now
   */
  constructor(now: () => number, flows: () => Iterable<Flow>) {
    this.#now = now;
    this.#flows = flows;
    this.#entities.set(entityId('', ''), this.#nobody);
  }

  listenerOpened(hybridConnection: HybridConnection): void {
    const entity = this.#of(hybridConnection);
    entity.listenerSuccess += 1;
    entity.moveListeners(1, this.#now());
  }

  listenerClosed(hybridConnection: HybridConnection): void {
    const entity = this.#of(hybridConnection);
    entity.listenerDisconnects += 1;
    entity.moveListeners(-1, this.#now());
  }

  tunnelOpened(hybridConnection: HybridConnection): void {
    const entity = this.#of(hybridConnection);
    entity.senderSuccess += 1;
    entity.connections += 1;
  }

  tunnelClosed({ hybridConnection, bytesFromSender, bytesFromListener }: Flow): void {
    const entity = this.#of(hybridConnection);
    entity.senderDisconnects += 1;
    entity.connections -= 1;
    entity.bytesFromSenders += bytesFromSender;
    entity.bytesFromListeners += bytesFromListener;
  }

  requestBegun(hybridConnection: HybridConnection): void {
    const entity = this.#of(hybridConnection);
    entity.requests += 1;
    entity.requestsUnderWay += 1;
  }

  /** @param answered - by a listener; what is refused is counted by {@link Counters.refused} */
  requestEnded(hybridConnection: HybridConnection, answered: boolean, sent: number, received: number): void {
    const entity = this.#of(hybridConnection);
    if (answered) entity.senderSuccess += 1;
    entity.requestsUnderWay -= 1;
    entity.bytesFromSenders += sent;
    entity.bytesFromListeners += received;
  }

  /**
   * @param action - as the event has it
   * @param side - `undefined`: neither side's connection, but a listener's way to a sender
   */
  refused(
    hybridConnection: HybridConnection | undefined,
    side: Side | undefined,
    action: string,
    { status, code }: { readonly status: number; readonly code: string },
  ): void {
    const kind = `${action} ${code}`;
    this.#refusals.set(kind, (this.#refusals.get(kind) ?? 0) + 1);
    if (side === undefined) return;
    const entity = hybridConnection === undefined ? this.#nobody : this.#of(hybridConnection);
    if (side === 'listener') {
      if (status < 500) entity.listenerClientError += 1;
      else entity.listenerServerError += 1;
    } else if (status < 500) entity.senderClientError += 1;
    else entity.senderServerError += 1;
  }

  /** Refusals by `action code`. Both come from closed sets. */
  get refusals(): ReadonlyMap<string, number> {
    return this.#refusals;
  }

  /** All that was counted so far, with the bytes of connections that are still open. */
  snapshot(): EntityCounts[] {
    const now = this.#now();
    for (const entity of this.#entities.values()) entity.beginSnapshot(now);
    for (const flow of this.#flows()) this.#of(flow.hybridConnection).addFlow(flow);
    return [...this.#entities.values()].map((entity) => entity.counts());
  }

  #of(hybridConnection: HybridConnection): Entity {
    const known = this.#known.get(hybridConnection);
    if (known !== undefined) return known;
    const { name, namespace } = hybridConnection;
    const id = entityId(namespace.name, name);
    let entity = this.#entities.get(id);
    if (entity === undefined) {
      if (this.#entities.size > MAX_ENTITIES) return this.#nobody;
      entity = new Entity(namespace.name, name);
      this.#entities.set(id, entity);
    }
    this.#known.set(hybridConnection, entity);
    return entity;
  }
}

/** The counters of one hybrid connection. */
class Entity {
  listenerSuccess = 0;
  listenerClientError = 0;
  listenerServerError = 0;
  senderSuccess = 0;
  senderClientError = 0;
  senderServerError = 0;
  listenerDisconnects = 0;
  senderDisconnects = 0;
  bytesFromSenders = 0;
  bytesFromListeners = 0;
  requests = 0;
  listeners = 0;
  connections = 0;
  requestsUnderWay = 0;
  #listenerMs = 0;
  #since = 0;
  #flowingFromSenders = 0;
  #flowingFromListeners = 0;

  constructor(
    readonly namespace: string,
    readonly hybridConnection: string,
  ) {}

  /** Listener time is the area under the number of listeners. */
  moveListeners(by: number, now: number): void {
    this.#settle(now);
    this.listeners += by;
  }

  beginSnapshot(now: number): void {
    this.#settle(now);
    this.#flowingFromSenders = 0;
    this.#flowingFromListeners = 0;
  }

  addFlow({ bytesFromSender, bytesFromListener }: Flow): void {
    this.#flowingFromSenders += bytesFromSender;
    this.#flowingFromListeners += bytesFromListener;
  }

  counts(): EntityCounts {
    return {
      ...this,
      bytesFromSenders: this.bytesFromSenders + this.#flowingFromSenders,
      bytesFromListeners: this.bytesFromListeners + this.#flowingFromListeners,
      listenerMs: Math.round(this.#listenerMs),
    };
  }

  #settle(now: number): void {
    this.#listenerMs += this.listeners * Math.max(0, now - this.#since);
    this.#since = now;
  }
}
