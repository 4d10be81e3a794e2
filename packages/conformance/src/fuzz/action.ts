/**
 * What the two ends of a connection do to each other, at random.
 *
 * A script is a list of actions, each of one end, carried out in order without waiting for what they lead to. Whatever
 * the script leaves open is ended in order afterwards, by `settle()` of the ends; so each script has an outcome.
 * @module
 */
import fc from 'fast-check';

/** One of the two ends. */
export type Side = 'left' | 'right';

/** What an end does. */
export type Act =
  /** Sends so many bytes with one call. */
  | { readonly do: 'write'; readonly bytes: number }
  /** Sends so many bytes many times, each with a call of its own. */
  | { readonly do: 'burst'; readonly bytes: number; readonly times: number }
  | { readonly do: 'pause' }
  | { readonly do: 'resume' }
  /** Ends its direction. */
  | { readonly do: 'end' }
  /** Breaks the connection off. */
  | { readonly do: 'cut' }
  /** Lets so many turns of the event loop pass. */
  | { readonly do: 'turns'; readonly count: number }
  /** Lets time pass, so that what is on its way arrives. */
  | { readonly do: 'wait'; readonly ms: number };

/** An act and whose it is. */
export type Action = Act & { readonly side: Side };

/** Sizes around every border of the frame format and of the buffers; a large one now and then. */
const size: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(20) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      125,
      126,
      127,
      2047,
      2048,
      2049,
      65_519,
      65_520,
      65_535,
      65_536,
      65_537,
      131_072,
    ),
  },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 200_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 200_000, max: 3_000_000 }) },
);

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('write'), bytes: size }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('burst'),
      bytes: fc.oneof(fc.nat(20), fc.nat(3000)),
      times: fc.integer({ min: 2, max: 60 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pause') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resume') }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('end') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turns'), count: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait'), ms: fc.integer({ min: 1, max: 8 }) }) },
);

/** A whole script. */
export const script: fc.Arbitrary<Action[]> = fc.array(
  fc.tuple(fc.constantFrom<Side>('left', 'right'), act).map(([side, what]) => ({ side, ...what })),
  { maxLength: 24 },
);
