/**
 * How a process is doing: memory, processor time, file descriptors, and how late its event loop is.
 * @module
 */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { DescriptorCount } from './descriptor-count.js';

/** How exactly the lag is known, in milliseconds: each step is a wake-up of the process. */
const RESOLUTION_MS = 50;

/** How long a window of the lag is at least. */
const LAG_MS = 1_000;

/** How long a count of descriptors is good for. */
const DESCRIPTORS_MS = 10_000;

/** One process, at one moment. */
export interface ProcessHealth {
  readonly pid: number;
  readonly uptimeSeconds: number;
  readonly cpuUserSeconds: number;
  readonly cpuSystemSeconds: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
  /** How much later than due the event loop came to things since the last time this was asked. */
  readonly lagP50Seconds: number;
  readonly lagP99Seconds: number;
  readonly lagMaxSeconds: number;
  /** `undefined` where the system does not say. */
  readonly descriptors: number | undefined;
  readonly maxDescriptors: number | undefined;
  /** How often there was none left. */
  readonly descriptorShortages: number | undefined;
}

/** Watches this process. */
export class HealthWatch {
  readonly #delay: IntervalHistogram;
  readonly #count: () => DescriptorCount | undefined;
  #descriptors: DescriptorCount | undefined;
  #countedAt = Number.NEGATIVE_INFINITY;
  #lag = { lagP50Seconds: 0, lagP99Seconds: 0, lagMaxSeconds: 0 };
  #lagAt = Number.NEGATIVE_INFINITY;

  /** @param descriptors - looks at those of this process */
  constructor(descriptors: () => DescriptorCount | undefined) {
    this.#count = descriptors;
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  /** Looks. Descriptors are those of up to ten seconds ago. */
  look(): ProcessHealth {
    this.#measureLag();
    this.#countDescriptors();
    const { rss, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      pid: process.pid,
      uptimeSeconds: process.uptime(),
      cpuUserSeconds: user / 1e6,
      cpuSystemSeconds: system / 1e6,
      residentBytes: rss,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      ...this.#lag,
      descriptors: this.#descriptors?.open,
      maxDescriptors: this.#descriptors?.limit,
      descriptorShortages: this.#descriptors?.shortages,
    };
  }

  /** On older systems counting takes a while. */
  #countDescriptors(): void {
    const now = performance.now();
    if (now - this.#countedAt < DESCRIPTORS_MS) return;
    this.#countedAt = now;
    this.#descriptors = this.#count();
  }

  /** A new window is begun once a second at most, however often somebody looks. */
  #measureLag(): void {
    const now = performance.now();
    if (now - this.#lagAt < LAG_MS) return;
    this.#lagAt = now;
    this.#lag = {
      lagP50Seconds: lag(this.#delay.percentile(50)),
      lagP99Seconds: lag(this.#delay.percentile(99)),
      lagMaxSeconds: lag(this.#delay.max),
    };
    this.#delay.reset();
  }
}

/** What the histogram holds is the time between two wake-ups, in nanoseconds. */
function lag(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3) || 0;
}
