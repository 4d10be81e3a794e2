/**
 * The relay suite: all that one listener and one sender may expect of each other.
 *
 * The titles are what `npm run conformance` makes its matrix of: the pairing is a column, the facet a row.
 * @module
 */
import { describe } from 'vitest';
import { closeCodeTests } from './close-codes.js';
import { closingTests } from './closing.js';
import { fragmentTests } from './fragments.js';
import { messageTests } from './messages.js';
import { openingTests } from './opening.js';
import { senderRefusalTests } from './refusals.js';
import { Stage } from './stage.js';
import type { ListenerSubject, SenderSubject } from './subjects.js';
import { subprotocolTests } from './subprotocols.js';
import { textTests } from './text.js';
import type { Venue } from './venues.js';

const FACETS = {
  opening: openingTests,
  subprotocols: subprotocolTests,
  messages: messageTests,
  text: textTests,
  fragments: fragmentTests,
  closing: closingTests,
  'close codes': closeCodeTests,
  refusals: senderRefusalTests,
};

/** A part of the suite. */
export type Facet = keyof typeof FACETS;

/** Defines the suite, or a part of it, for one pairing. */
export function relaySuite(
  listener: ListenerSubject,
  sender: SenderSubject,
  venue?: 'ws' | 'wss' | Venue,
  facets: readonly Facet[] = Object.keys(FACETS) as Facet[],
): void {
  describe(`${listener.name} ← ${sender.name}`, () => {
    const stage = Stage.set(venue);
    for (const facet of facets) {
      if (hasAnything(facet, listener, sender)) describe(facet, () => FACETS[facet](stage, listener, sender));
    }
  });
}

/** Ends that know only bytes have nothing to do with text and fragments. */
function hasAnything(
  facet: Facet,
  { traits: left }: ListenerSubject,
  { traits: right }: SenderSubject,
): boolean {
  if (facet === 'text') return left.messages || right.messages;
  return facet !== 'fragments' || left.fragments || right.fragments;
}
