/**
 * What is around every screen: where one can go, who or what this is, and the screen itself.
 *
 * Another screen is told to those who do not see it: it has the focus, and its heading is the title of the window.
 * @module
 */
import type { ComponentChildren, VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { html } from '../html.js';
import { linkTo, type Route } from '../router.js';
import { Icon, type IconName } from './icon.js';

/** Somewhere to go. */
export interface Place {
  /** First part of the address; empty for the first screen. */
  readonly path: string;
  readonly text: string;
  readonly icon: IconName;
}

/** What a frame is told. */
export interface FrameProps {
  /** What this is the page of; ends the title of the window. */
  readonly of: string;
  readonly icon: IconName;
  readonly places: readonly Place[];
  readonly route: Route;
  /** How many parts of the address make a screen; the others choose something in it. */
  readonly depth: number;
  /** Below the places. */
  readonly foot: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** The frame. */
export function Frame({ of, icon, places, route, depth, foot, children }: FrameProps): VNode {
  const [first = ''] = route.path;
  const main = useRef<HTMLElement>(null);
  useScreenChange(route.path.slice(0, depth).join('\n'), of, main);
  return html`<div class="frame">
    <a class="skip" href="#main" onClick=${(event: Event) => {
      event.preventDefault(); // the part behind # is the screen's
      main.current?.focus();
    }}>Skip to the content</a>
    <header class="side">
      <span class="brand"><${Icon} name=${icon} />Hybridge</span>
      <nav aria-label="Screens"><ul>
        ${places.map(
          (
            place,
          ) => html`<li key=${place.path}><a class="side-link" href=${linkTo(place.path === '' ? [] : [place.path])}
            aria-current=${place.path === first ? 'page' : undefined}><${Icon} name=${place.icon} />${place.text}</a></li>`,
        )}
      </ul></nav>
      <div class="side-foot">${foot}</div>
    </header>
    <main class="page" id="main" tabindex="-1" ref=${main}>${children}</main>
  </div>`;
}

function useScreenChange(screen: string, of: string, main: { readonly current: HTMLElement | null }): void {
  const last = useRef(screen);
  useEffect(() => {
    document.title = `${main.current?.querySelector('h1')?.textContent ?? of} – ${of}`;
    if (last.current === screen) return;
    last.current = screen;
    scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  });
}
