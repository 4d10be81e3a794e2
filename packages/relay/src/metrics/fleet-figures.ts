/**
 * The figures of all processes of a relay, put together.
 *
 * What only grows goes on growing when a process is replaced by another: what the old one did stays counted.
 * @module
 */
import type { ProcessHealth } from '@hybridge/service';
import { addCounts, type EntityCounts, entityId, NO_COUNTS, withoutLevels } from './counts.js';
import { KeyUse } from './key-use.js';
import type { Figures } from './meter.js';

/** One process, as last heard. */
interface Member {
  readonly counts: Map<string, EntityCounts>;
  refusals: Figures['refusals'];
  health: ProcessHealth | undefined;
}

/** The figures of a relay. */
export class FleetFigures {
  readonly keyUse: KeyUse;
  readonly #members = new Map<number, Member>();
  /** What processes did that are gone. */
  readonly #gone = new Map<string, EntityCounts>();
  readonly #goneRefusals = new Map<string, number>();

  /** @param now - milliseconds since 1970 */
  constructor(now: () => number) {
    this.keyUse = new KeyUse(now);
  }

  /** A process says what is new. @param member - its number among the others; 0 for the only one */
  take(member: number, { counts, refusals, keyUse, health }: Figures): void {
    const known = this.#members.get(member) ?? { counts: new Map(), refusals: [], health: undefined };
    this.#members.set(member, known);
    for (const each of counts) known.counts.set(entityId(each.namespace, each.hybridConnection), each);
    known.refusals = refusals;
    known.health = health;
    this.keyUse.merge(keyUse);
  }

  /** A process is gone, and the connections that it had. */
  lost(member: number): void {
    const known = this.#members.get(member);
    if (known === undefined) return;
    this.#members.delete(member);
    for (const [id, counts] of known.counts) add(this.#gone, id, withoutNow(counts));
    for (const [kind, count] of known.refusals) {
      this.#goneRefusals.set(kind, (this.#goneRefusals.get(kind) ?? 0) + count);
    }
  }

  /** What all did and have. */
  counts(): ReadonlyMap<string, EntityCounts> {
    const sums = new Map(this.#gone);
    for (const { counts } of this.#members.values()) for (const [id, each] of counts) add(sums, id, each);
    return sums;
  }

  /** Refusals by `action code`. */
  refusals(): ReadonlyMap<string, number> {
    const sums = new Map(this.#goneRefusals);
    for (const { refusals } of this.#members.values()) {
      for (const [kind, count] of refusals) sums.set(kind, (sums.get(kind) ?? 0) + count);
    }
    return sums;
  }

  /** How each process is doing, by its number. */
  health(): ReadonlyMap<number, ProcessHealth> {
    return new Map(
      [...this.#members].flatMap(([member, { health }]) => (health === undefined ? [] : [[member, health]])),
    );
  }
}

function add(sums: Map<string, EntityCounts>, id: string, counts: EntityCounts): void {
  const { namespace, hybridConnection } = counts;
  sums.set(id, { namespace, hybridConnection, ...addCounts(sums.get(id) ?? NO_COUNTS, counts) });
}

function withoutNow({ namespace, hybridConnection, ...counts }: EntityCounts): EntityCounts {
  return { namespace, hybridConnection, ...withoutLevels(counts) };
}
