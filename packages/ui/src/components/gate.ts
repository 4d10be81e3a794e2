/**
 * The page before all others: who may come in, and how.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { html } from '../html.js';
import { Icon, type IconName } from './icon.js';
import { ThemeChoice } from './theme-choice.js';

/** A card in the middle of an empty page. */
export function Gate(props: {
  /** What this is the page of, such as `Relay`. */
  readonly of: string;
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}): VNode {
  const { of, icon, title, children } = props;
  useEffect(() => {
    document.title = `${title} – ${of}`;
  }, [title]);
  return html`<main class="gate">
    <div class="gate-card">
      <div class="row apart">
        <span class="brand"><${Icon} name=${icon} />Hybridge ${of.toLowerCase()}</span>
        <${ThemeChoice} />
      </div>
      <h1>${title}</h1>
      ${children}
      <p class="small muted"><a href="third-party.txt">Licences</a></p>
    </div>
  </main>`;
}
