/**
 * Whether what is shown is live.
 * @module
 */
import type { VNode } from 'preact';
import type { LiveState } from '../api/live-stream.js';
import { html } from '../html.js';
import { type Observable, useObservable } from '../observable.js';

const WORDS: Readonly<Record<LiveState['name'], { readonly text: string; readonly shape: string }>> = {
  connecting: { text: 'Connecting …', shape: 'bar' },
  live: { text: 'Live', shape: '' },
  lost: { text: 'Not live', shape: 'hollow' },
};

/** The mark. */
export function LiveMark(props: { readonly state: Observable<LiveState> }): VNode {
  const { name } = useObservable(props.state);
  const { text, shape } = WORDS[name];
  return html`<span class=${`live-mark ${name}`} role="status"><span class=${`dot ${shape}`}></span>${text}</span>`;
}
