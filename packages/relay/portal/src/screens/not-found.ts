/**
 * What is shown for an address that leads nowhere.
 * @module
 */
import { Empty, html, type VNode } from '@hybridge/ui';
import { PageHead } from '../parts/page-head.js';

/** The screen. @param what - what there is none of */
export function NotFound({ what }: { readonly what: string }): VNode {
  return html`<${PageHead} title="Not found" />
    <div class="panel"><${Empty} icon="search" title=${`There is no such ${what}`}>
      <p>It may have been deleted, or the address is not complete.</p>
      <a class="button" href="#/">Overview</a>
    </${Empty}></div>`;
}
