/**
 * A status in a word, with a shape for those who see no colours.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { html } from '../html.js';

/** What kind of status. */
export type Tone = 'good' | 'bad' | 'warn' | 'quiet';

/** The shape: full for what is there, hollow for what is not, a bar for what is unknown. */
export type Shape = 'full' | 'hollow' | 'bar';

/** A word in a pill. */
export function Badge(props: {
  readonly tone?: Tone;
  readonly shape?: Shape;
  readonly children?: ComponentChildren;
}): VNode {
  const { tone = 'quiet', shape, children } = props;
  const dot = shape === undefined ? undefined : html`<span class=${`dot ${shape}`}></span>`;
  return html`<span class=${`badge ${tone}`}>${dot}${children}</span>`;
}
