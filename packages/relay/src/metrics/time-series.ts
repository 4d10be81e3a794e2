/**
 * The last day in steps of a minute, and the last ten minutes in steps of five seconds, under the documented names.
 *
 * Kept for each hybrid connection with something to show, each namespace and all together. Only changes take memory;
 * where there are too many, less of the past is kept, for all alike.
 *
 * Source: docs/protocol.md, section 9.2.
 * @module
 */
import { addCounts, type Counts, type EntityCounts, entityId, NO_COUNTS } from './counts.js';
import { RunLengths } from './run-lengths.js';

const FINE_MS = 5_000;
const FINE_STEPS = 120;
const COARSE_MS = 60_000;
const COARSE_STEPS = 1_440;

/** Numbers kept in all: two of eight bytes each, and as much again while an array grows, so some 32 MB. */
const MAX_NUMBERS = 1_000_000;

/** The documented metric, and where it comes from. Those of a number that grows show by how much it grew in a step. */
const METRICS = {
  ActiveConnections: { of: (counts) => counts.connections, grows: false },
  ActiveListeners: { of: (counts) => counts.listeners, grows: false },
  BytesTransferred: { of: (counts) => counts.bytesFromSenders + counts.bytesFromListeners, grows: true },
  'ListenerConnections-Success': { of: (counts) => counts.listenerSuccess, grows: true },
  'ListenerConnections-ClientError': { of: (counts) => counts.listenerClientError, grows: true },
  'ListenerConnections-ServerError': { of: (counts) => counts.listenerServerError, grows: true },
  'SenderConnections-Success': { of: (counts) => counts.senderSuccess, grows: true },
  'SenderConnections-ClientError': { of: (counts) => counts.senderClientError, grows: true },
  'SenderConnections-ServerError': { of: (counts) => counts.senderServerError, grows: true },
  ListenerDisconnects: { of: (counts) => counts.listenerDisconnects, grows: true },
  SenderDisconnects: { of: (counts) => counts.senderDisconnects, grows: true },
} as const satisfies Record<string, { readonly of: (counts: Counts) => number; readonly grows: boolean }>;

/** The documented name of a metric that is kept over time. */
type SeriesMetric = keyof typeof METRICS;

const NAMES = Object.keys(METRICS) as SeriesMetric[];

/** What a chart is drawn from. */
export interface SeriesAnswer {
  /** When the first step begins. ISO 8601. */
  readonly from: string;
  readonly stepMs: number;
  readonly points: number;
  /** A number for each step; `null` where it is not known. */
  readonly metrics: Readonly<Record<SeriesMetric, readonly (number | null)[]>>;
}

/** Whose series. */
export interface SeriesPlace {
  /** Absent: all. */
  readonly namespace?: string | undefined;
  /** Absent: all of the namespace. */
  readonly hybridConnection?: string | undefined;
}

/** A grain: its steps are numbered from 1970 on. */
interface Grain {
  readonly stepMs: number;
  readonly steps: number;
  readonly rows: Map<string, Row>;
  /** Nothing is known before. */
  first: number;
  /** The step that is going on. */
  current: number;
}

interface Row {
  readonly series: Readonly<Record<SeriesMetric, RunLengths>>;
  /** As the current step began. */
  before: Counts;
}

/** The series of a relay. */
export class TimeSeries {
  readonly #fine = grain(FINE_MS, FINE_STEPS);
  readonly #coarse = grain(COARSE_MS, COARSE_STEPS);
  readonly #maxNumbers: number;
  #numbers = 0;

  /** @param maxNumbers - another bound, for tests */
  constructor(maxNumbers = MAX_NUMBERS) {
    this.#maxNumbers = maxNumbers;
  }

  /**
   * Takes in what has been counted up to now. To be called at least once in five seconds.
   * @param now - milliseconds since 1970
   */
  sample(now: number, counts: Iterable<EntityCounts>): void {
    const all = withSums(counts);
    for (const each of [this.#fine, this.#coarse]) this.#advance(each, now, all);
    while (this.#numbers > this.#maxNumbers && this.#shorten());
  }

  /** @param minutes - how far back; up to ten the steps are of five seconds */
  query({ namespace, hybridConnection }: SeriesPlace, minutes: number, now: number): SeriesAnswer {
    const chosen = minutes * 60_000 <= FINE_MS * FINE_STEPS ? this.#fine : this.#coarse;
    const { stepMs, steps, rows, first, current } = chosen;
    const points = Math.min(steps, Math.max(1, Math.ceil((minutes * 60_000) / stepMs)));
    const end = Math.floor(now / stepMs);
    const row = rows.get(seriesId(namespace, hybridConnection));
    const numbers = (name: SeriesMetric) =>
      Array.from({ length: points }, (_, index) => {
        const step = end - points + index;
        return step < first || step >= current ? null : (row?.series[name].at(step) ?? 0);
      });
    return {
      from: new Date((end - points) * stepMs).toISOString(),
      stepMs,
      points,
      metrics: Object.fromEntries(NAMES.map((name) => [name, numbers(name)])) as Record<
        SeriesMetric,
        (number | null)[]
      >,
    };
  }

  #advance(grain: Grain, now: number, all: ReadonlyMap<string, Counts>): void {
    const step = Math.floor(now / grain.stepMs);
    // A clock that was set back: the numbers wait until it is where it was.
    if (grain.current > step) return;
    if (grain.current === 0) grain.first = step;
    const isFirst = grain.current === 0;
    if (!isFirst && step === grain.current) return;
    for (const [id, counts] of all) {
      let row = grain.rows.get(id);
      if (row === undefined) {
        if (!isFirst && isIdle(counts)) continue;
        row = newRow(isFirst ? counts : NO_COUNTS);
        grain.rows.set(id, row);
      }
      if (!isFirst) this.#numbers += finish(row, grain.current, step, counts);
      row.before = counts;
    }
    grain.current = step;
    this.#forget(grain, step - grain.steps);
  }

  #forget(grain: Grain, before: number): void {
    if (before <= grain.first) return;
    grain.first = before;
    for (const row of grain.rows.values()) {
      for (const name of NAMES) this.#numbers -= row.series[name].forgetBefore(before);
    }
  }

  /** Gives up the oldest hour. @returns whether there was one. */
  #shorten(): boolean {
    const { first, current } = this.#coarse;
    if (current - first <= 60) return false;
    this.#forget(this.#coarse, first + 60);
    return true;
  }
}

function grain(stepMs: number, steps: number): Grain {
  return { stepMs, steps, rows: new Map(), first: 0, current: 0 };
}

function newRow(before: Counts): Row {
  const series = Object.fromEntries(NAMES.map((name) => [name, new RunLengths()]));
  return { series: series as Record<SeriesMetric, RunLengths>, before };
}

/**
 * Where nobody looked for several steps, what was counted meanwhile belongs to the first of them.
 * @returns how many more numbers are kept
 */
function finish({ series, before }: Row, step: number, next: number, counts: Counts): number {
  let kept = 0;
  for (const name of NAMES) {
    const { of, grows } = METRICS[name];
    kept += series[name].set(step, grows ? Math.max(0, of(counts) - of(before)) : of(counts));
    if (grows && next > step + 1) kept += series[name].set(step + 1, 0);
  }
  return kept;
}

function isIdle(counts: Counts): boolean {
  return NAMES.every((name) => METRICS[name].of(counts) === 0);
}

/** With a sum for each namespace, and one for all. */
function withSums(counts: Iterable<EntityCounts>): Map<string, Counts> {
  const all = new Map<string, Counts>();
  for (const each of counts) {
    const { namespace, hybridConnection } = each;
    const ids =
      namespace === ''
        ? [seriesId()]
        : [seriesId(namespace, hybridConnection), seriesId(namespace), seriesId()];
    for (const id of ids) {
      const before = all.get(id);
      all.set(id, before === undefined ? each : addCounts(before, each));
    }
  }
  if (!all.has(seriesId())) all.set(seriesId(), NO_COUNTS);
  return all;
}

function seriesId(namespace = '', hybridConnection = ''): string {
  return entityId(namespace, hybridConnection);
}
