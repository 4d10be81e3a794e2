/**
 * How much of a limit is used.
 * @module
 */
import type { VNode } from 'preact';
import { formatCount } from '../format.js';
import { html } from '../html.js';

/** A bar, and the figures in words. From four fifths on it warns. */
export function Meter(props: {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
}): VNode {
  const { name, used, limit } = props;
  const share = limit === 0 ? 1 : Math.min(1, used / limit);
  const level = share >= 1 ? ' full' : share >= 0.8 ? ' high' : '';
  return html`<div class=${`meter${level}`}>
    <div class="row apart"><span>${name}</span>
      <span class="number"><strong>${formatCount(used)}</strong> <span class="muted">of ${formatCount(limit)}</span></span></div>
    <svg aria-hidden="true" preserveAspectRatio="none" viewBox="0 0 100 1"><rect width=${share * 100} height="1" /></svg>
  </div>`;
}
