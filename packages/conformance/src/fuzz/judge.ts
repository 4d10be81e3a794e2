/**
 * What must hold of two ends, whatever they did:
 *
 * - What arrives is the beginning of what was sent, and all of it where an end arrives.
 * - A cut is never an end, and is never nothing.
 * - When nobody cut, both directions end and nobody fails.
 * @module
 */
import type { End } from './end.js';

/** What may be different behind one kind of connection. */
export interface Leniency {
  /**
   * Node reports a reset that arrives with the last bytes as an end. Before this side's own end that is found out, after
   * it it cannot be (`hidden-reset.ts` of `@hybridge/socket`).
   */
  readonly hiddenResets?: boolean;
}

/** What went wrong, in words; empty when nothing did. */
export function faults(left: End, right: End, leniency: Leniency = {}): string[] {
  return [...left.wrong, ...right.wrong, ...oneWay(left, right, leniency), ...oneWay(right, left, leniency)];
}

function oneWay(from: End, to: End, { hiddenResets = false }: Leniency): string[] {
  const wrong: string[] = [];
  const way = `${from.side} to ${to.side}`;
  const counts = `${to.received} of ${from.sent} bytes`;
  if (to.received > from.sent) wrong.push(`${way}: more than was sent, ${counts}`);
  const believed = hiddenResets && from.cut && to.ended;
  if (to.sawEnd && !from.ended && !believed) wrong.push(`${way}: an end that nobody sent, after ${counts}`);
  if (to.sawEnd && from.ended && to.received < from.sent && !believed)
    wrong.push(`${way}: an end after ${counts}`);
  const nobodyCut = !from.cut && !to.cut;
  if (nobodyCut && !to.sawEnd) wrong.push(`${way}: no end, after ${counts}`);
  if (nobodyCut && to.error !== undefined) wrong.push(`${way}: ${to.error.code} although nobody cut`);
  if (from.cut && !to.cut && !to.sawEnd && to.error === undefined)
    wrong.push(`${way}: a cut passed for nothing`);
  if (to.error !== undefined && !/^(ECONNRESET|EPIPE)$/.test(to.error.code ?? ''))
    wrong.push(`${way}: the error ${to.error.code ?? to.error.message}`);
  return wrong;
}
