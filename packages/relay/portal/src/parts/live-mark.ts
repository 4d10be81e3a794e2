/**
 * Whether what is shown is live.
 * @module
 */
import { html, useObservable, type VNode } from '@hybridge/ui';
import { type LiveState, useSession } from '../session/portal-session.js';

const WORDS: Readonly<Record<LiveState, { readonly text: string; readonly shape: string }>> = {
  connecting: { text: 'Connecting …', shape: 'bar' },
  live: { text: 'Live', shape: '' },
  lost: { text: 'Not live', shape: 'hollow' },
};

/** The mark. */
export function LiveMark(): VNode {
  const state = useObservable(useSession().liveState);
  const { text, shape } = WORDS[state];
  return html`<span class=${`live-mark ${state}`} role="status"><span class=${`dot ${shape}`}></span>${text}</span>`;
}
