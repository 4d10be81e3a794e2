/**
 * Tabs that are links: each part of a page has an address.
 * @module
 */
import type { VNode } from 'preact';
import { html } from '../html.js';

/** Links side by side, of which one is the page. */
export function Tabs(props: {
  readonly label: string;
  readonly current: string;
  readonly tabs: readonly { readonly id: string; readonly text: string; readonly href: string }[];
}): VNode {
  const { label, current, tabs } = props;
  return html`<nav class="tabs" aria-label=${label}>
    ${tabs.map(
      ({ id, text, href }) =>
        html`<a key=${id} href=${href} aria-current=${id === current ? 'page' : undefined}>${text}</a>`,
    )}
  </nav>`;
}
