/**
 * The log of the manager.
 * @module
 */
import { goTo, html, linkTo, PageHead, type VNode } from '@hybridge/ui';
import { LogView } from '../parts/log-view.js';

/** The screen. @param connection - id of the only one that is shown; empty for all */
export function LogScreen({ connection }: { readonly connection: string }): VNode {
  const choose = (id: string) => goTo(linkTo(['log'], id === '' ? {} : { connection: id }));
  return html`<${PageHead} title="Log" note="What happened lately, the newest at the end." />
    <${LogView} chosen=${connection} onChoose=${choose} />`;
}
