import { describe, expect, it } from 'vitest';
import { ReceiveWindow } from './receive-window.js';
import { RoundTrip } from './round-trip.js';
import {
  FULL_WINDOW_BYTES,
  LARGEST_WINDOW_BYTES,
  SharedBudget,
  SMALL_WINDOW_BYTES,
  WindowBudget,
} from './window-budget.js';

const MiB = 1024 * 1024;

/** A link of a length, and a peer behind it that sends what it may. */
class Link {
  now = 1_000;
  readonly host: { readonly budget: WindowBudget; readonly roundTrip: RoundTrip };
  readonly window: ReceiveWindow;
  readonly #roundTripMs: number;
  /** What the peer may send, and from when on. */
  #credits: { at: number; bytes: number }[];
  read = 0;

  constructor(roundTripMs: number, budget = new WindowBudget()) {
    this.#roundTripMs = roundTripMs;
    this.host = { budget, roundTrip: new RoundTrip(() => this.now) };
    const size = budget.take();
    this.window = new ReceiveWindow(this.host, size, this.now);
    this.#credits = [{ at: this.now + roundTripMs, bytes: size }];
  }

  /** The reader takes so many bytes, as fast as they come, or as the peer and the reader make it. */
  take(bytes: number, bytesPerMs = 1_000_000): void {
    for (let left = bytes; left > 0; ) {
      const credit = this.#credits[0]!;
      const piece = Math.min(left, credit.bytes, 16_384);
      this.now = Math.max(this.now, credit.at) + piece / bytesPerMs;
      if (!this.window.receive(piece)) throw new Error('It may not');
      credit.bytes -= piece;
      if (credit.bytes === 0) this.#credits.shift();
      left -= piece;
      this.read += piece;
      if (!this.window.take(piece)) continue;
      const given = this.window.give();
      if (given > 0) this.#credits.push({ at: this.now + this.#roundTripMs, bytes: given });
    }
  }
}

describe('the window of a stream over a long link', () => {
  it('grows until the link is full', () => {
    const link = new Link(300);
    link.take(64 * MiB);
    expect(link.window.size).toBe(LARGEST_WINDOW_BYTES);
    const since = link.now;
    link.take(320 * MiB);
    // Ten windows in about ten round trips.
    expect(link.now - since).toBeLessThan(12 * 300);
  });

  it('grows no further than twice what the link holds', () => {
    const link = new Link(100);
    link.take(512 * MiB, 40_000);
    expect(link.window.size).toBeGreaterThanOrEqual(4_000_000);
    expect(link.window.size).toBeLessThanOrEqual(16 * MiB);
  });

  it('stays as it is for a reader that is slow', () => {
    const link = new Link(100);
    link.take(64 * MiB, 1_000);
    expect(link.window.size).toBe(FULL_WINDOW_BYTES);
  });

  it('becomes small again when its reader has become slow', () => {
    const link = new Link(100);
    link.take(64 * MiB);
    link.take(256 * MiB, 1_000);
    expect(link.window.size).toBe(FULL_WINDOW_BYTES);
  });

  it('leaves as much of the budget as it has', () => {
    const budget = new WindowBudget(new SharedBudget(4 * MiB));
    const link = new Link(300, budget);
    link.take(64 * MiB);
    expect(link.window.size).toBeGreaterThan(1.9 * MiB);
    expect(budget.left).toBeGreaterThanOrEqual(link.window.size);
  });

  it('goes back to the budget as a whole', () => {
    const link = new Link(300);
    const before = new WindowBudget().left;
    link.take(64 * MiB);
    link.take(16 * MiB, 1_000);
    expect(link.host.budget.left).toBeLessThan(before);
    link.window.close();
    expect(link.host.budget.left).toBe(before);
  });
});

describe('the window of a stream on the spot', () => {
  it('does not grow: who reads is never waited for', () => {
    const link = new Link(0.2);
    link.take(512 * MiB);
    expect(link.window.size).toBe(FULL_WINDOW_BYTES);
  });
});

describe('a window', () => {
  it('lets nothing in beyond what was given', () => {
    const link = new Link(1);
    expect(link.window.receive(FULL_WINDOW_BYTES)).toBe(true);
    expect(link.window.receive(1)).toBe(false);
  });

  it('that is small becomes full once there is budget, however slow its reader', () => {
    const shared = new SharedBudget(0);
    const link = new Link(1, new WindowBudget(shared));
    expect(link.window.size).toBe(SMALL_WINDOW_BYTES);
    shared.left = 8 * MiB;
    link.take(SMALL_WINDOW_BYTES, 1);
    expect(link.window.size).toBe(FULL_WINDOW_BYTES);
  });
});

describe('the window of a new stream', () => {
  it('is full, and larger where the round trip is long', () => {
    expect(new WindowBudget().take()).toBe(FULL_WINDOW_BYTES);
    expect(new WindowBudget().take(1)).toBe(FULL_WINDOW_BYTES);
    expect(new WindowBudget().take(100)).toBe(5_000_000);
    expect(new WindowBudget().take(60_000)).toBe(8 * MiB);
  });

  it('leaves full ones for many others', () => {
    const budget = new WindowBudget();
    const windows = Array.from({ length: 40 }, () => budget.take(300));
    expect(windows.filter((size) => size < FULL_WINDOW_BYTES)).toEqual([]);
  });

  it('is made larger as soon as the round trip is known', () => {
    const link = new Link(0.2);
    expect(link.window.widen()).toBe(0);
    link.now += 100;
    link.host.roundTrip.seen(link.now - 100);
    expect(link.window.widen()).toBe(5_000_000 - FULL_WINDOW_BYTES);
    expect(link.window.widen()).toBe(0);
  });
});
