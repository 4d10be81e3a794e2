/**
 * The head of a screen: where it is, what it is called, and what can be done.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { html } from '../html.js';

/** The head. */
export function PageHead(props: {
  readonly title: string;
  readonly crumbs?: readonly { readonly text: string; readonly href: string }[];
  readonly note?: ComponentChildren;
  /** Buttons. */
  readonly children?: ComponentChildren;
}): VNode {
  const { title, crumbs = [], note, children } = props;
  return html`<div class="page-head">
    <div>
      ${
        crumbs.length > 0 &&
        html`<nav class="crumbs" aria-label="Above this">
          ${crumbs.map(
            ({ text, href }, index) =>
              html`${index > 0 && html`<span aria-hidden="true">/</span>`}<a key=${href} href=${href}>${text}</a>`,
          )}
        </nav>`
      }
      <h1>${title}</h1>
      ${note && html`<div class="muted">${note}</div>`}
    </div>
    ${children && html`<div class="row">${children}</div>`}
  </div>`;
}
