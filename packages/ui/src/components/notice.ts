/**
 * Notices: in the page, and for a moment at its edge.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { html } from '../html.js';
import { Observable, useObservable } from '../observable.js';
import type { Tone } from './badge.js';
import { Icon, type IconName } from './icon.js';

const ICONS: Readonly<Record<Tone, IconName>> = {
  good: 'check',
  bad: 'error',
  warn: 'warning',
  quiet: 'info',
};
const TOAST_MS = 5_000;

/** A few sentences that matter. */
export function Notice({
  tone = 'quiet',
  children,
}: {
  readonly tone?: Tone;
  readonly children?: ComponentChildren;
}): VNode {
  return html`<div class=${`notice ${tone}`}><${Icon} name=${ICONS[tone]} /><div>${children}</div></div>`;
}

interface Toast {
  readonly id: number;
  readonly tone: Tone;
  readonly text: string;
}

const toasts = new Observable<readonly Toast[]>([]);
let lastId = 0;

/** Says that something is done, or failed, for five seconds. */
export function say(text: string, tone: Tone = 'good'): void {
  lastId += 1;
  const toast = { id: lastId, tone, text };
  toasts.set([...toasts.value.slice(-2), toast]);
  setTimeout(() => toasts.set(toasts.value.filter((each) => each !== toast)), TOAST_MS);
}

/** Where what is said appears. Once in a page. */
export function Toasts(): VNode {
  const shown = useObservable(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown.map((each) => html`<${Notice} key=${each.id} tone=${each.tone}>${each.text}</${Notice}>`)}
  </div>`;
}
