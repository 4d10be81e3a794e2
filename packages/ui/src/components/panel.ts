/**
 * Parts of a page: panels, tiles with figures, facts, and what stands where there is nothing.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { useId } from 'preact/hooks';
import { messageOf } from '../api/api-error.js';
import { html } from '../html.js';
import type { Loaded } from '../use-loaded.js';
import { Button } from './button.js';
import { Icon, type IconName } from './icon.js';
import { Notice } from './notice.js';

/** A box with a heading, and perhaps something to press beside it. */
export function Panel(props: {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children?: ComponentChildren;
}): VNode {
  const id = useId();
  return html`<section class="panel" aria-labelledby=${id}>
    <header><h2 id=${id}>${props.title}</h2>${props.aside && html`<div class="row">${props.aside}</div>`}</header>
    ${props.children}
  </section>`;
}

/** Figures side by side. */
export function Tiles(props: {
  readonly tiles: readonly {
    readonly name: string;
    readonly figure: string;
    readonly note?: string | undefined;
  }[];
}): VNode {
  return html`<dl class="tiles">
    ${props.tiles.map(
      ({ name, figure, note }) => html`<div class="tile" key=${name}>
        <dt>${name}</dt><dd class="figure">${figure}</dd>${note && html`<dd class="note">${note}</dd>`}
      </div>`,
    )}
  </dl>`;
}

/** Names and values. */
export function Facts(props: {
  readonly facts: readonly (readonly [name: string, value: ComponentChildren])[];
}): VNode {
  return html`<dl class="facts">
    ${props.facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}
  </dl>`;
}

/** What stands where there is nothing, and what to do about it. */
export function Empty(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}): VNode {
  return html`<div class="empty"><${Icon} name=${props.icon} /><p class="empty-title">${props.title}</p>${props.children}</div>`;
}

/** Draws a value once it is there; until then that it is loading, or why it could not be. */
export function Show<T>(props: {
  readonly loaded: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}): VNode {
  const { value, error, reload } = props.loaded;
  const failure =
    error !== undefined &&
    html`<div role="alert"><${Notice} tone="bad">
      <p>${messageOf(error)}</p>
      <div><${Button} small onClick=${reload}>Try again</${Button}></div>
    </${Notice}></div>`;
  if (value !== undefined) return html`${failure}${props.children(value)}`;
  return failure || html`<p class="loading" role="status">Loading …</p>`;
}
