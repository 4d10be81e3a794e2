/**
 * How much goes over a hybrid connection now, and went in the last hour.
 *
 * Nothing is counted here, and nothing is done for each connection or byte: totals are looked at every few seconds, and what came
 * since goes to the minute that is running.
 * @module
 */
import type { TrafficMinute, TrafficStatus } from './connection-status.js';

/** Totals since the beginning. */
export interface TrafficTotals {
  readonly connections: number;
  readonly bytesToTarget: number;
  readonly bytesFromTarget: number;
}

const MINUTE_MS = 60_000;
const MINUTES = 60;
/** A rate over less is noise, in milliseconds. */
const MIN_RATE_MS = 1_000;

/** The last hour of one hybrid connection: at most sixty short entries. */
export class Traffic {
  #minutes: TrafficMinute[] = [];
  #last: TrafficTotals = { connections: 0, bytesToTarget: 0, bytesFromTarget: 0 };
  #rateFrom: TrafficTotals = this.#last;
  #rateSince: number;
  #rates = { toTargetPerSecond: 0, fromTargetPerSecond: 0 };

  constructor(now = Date.now()) {
    this.#rateSince = now;
  }

  /** Takes the totals of now. To be called every few seconds. */
  sample(totals: TrafficTotals, now = Date.now()): void {
    const since = difference(totals, this.#last);
    this.#last = totals;
    if (since.connections > 0 || since.bytesToTarget > 0 || since.bytesFromTarget > 0) this.#add(since, now);
    const elapsedMs = now - this.#rateSince;
    if (elapsedMs >= 0 && elapsedMs < MIN_RATE_MS) return;
    const { bytesToTarget, bytesFromTarget } = difference(totals, this.#rateFrom);
    const perSecond = (bytes: number) => (elapsedMs > 0 ? Math.round((bytes * 1_000) / elapsedMs) : 0);
    this.#rates = {
      toTargetPerSecond: perSecond(bytesToTarget),
      fromTargetPerSecond: perSecond(bytesFromTarget),
    };
    this.#rateFrom = totals;
    this.#rateSince = now;
  }

  /** What is known now. */
  status(now = Date.now()): TrafficStatus {
    const after = minuteOf(now) - MINUTES * MINUTE_MS;
    return { ...this.#rates, minutes: this.#minutes.filter(({ startsAt }) => startsAt.getTime() > after) };
  }

  #add(since: TrafficTotals, now: number): void {
    const startsAt = minuteOf(now);
    const running = this.#minutes.at(-1);
    // A clock that was set back goes on in the latest minute.
    if (running !== undefined && running.startsAt.getTime() >= startsAt) {
      this.#minutes[this.#minutes.length - 1] = {
        startsAt: running.startsAt,
        connections: running.connections + since.connections,
        bytesToTarget: running.bytesToTarget + since.bytesToTarget,
        bytesFromTarget: running.bytesFromTarget + since.bytesFromTarget,
      };
      return;
    }
    this.#minutes = [...this.#minutes.slice(1 - MINUTES), { startsAt: new Date(startsAt), ...since }];
  }
}

function minuteOf(now: number): number {
  return Math.floor(now / MINUTE_MS) * MINUTE_MS;
}

function difference(now: TrafficTotals, before: TrafficTotals): TrafficTotals {
  return {
    connections: now.connections - before.connections,
    bytesToTarget: now.bytesToTarget - before.bytesToTarget,
    bytesFromTarget: now.bytesFromTarget - before.bytesFromTarget,
  };
}
