/**
 * What is shown for an address that leads nowhere.
 * @module
 */
import type { VNode } from 'preact';
import { html } from '../html.js';
import { PageHead } from './page-head.js';
import { Empty } from './panel.js';

/** The screen. @param what - what there is none of @param home - what the first screen is called */
export function NotFound({ what, home }: { readonly what: string; readonly home: string }): VNode {
  return html`<${PageHead} title="Not found" />
    <div class="panel"><${Empty} icon="search" title=${`There is no such ${what}`}>
      <p>It may have been deleted, or the address is not complete.</p>
      <a class="button" href="#/">${home}</a>
    </${Empty}></div>`;
}
