/**
 * The icons: lines on a grid of 16, in the colour of the text around them. None of them says anything alone.
 * @module
 */
import type { VNode } from 'preact';
import { html } from '../html.js';

const PATHS = {
  relay: 'M2 8h3m6 0h3M5 8a3 3 0 0 1 6 0M5 8a3 3 0 0 0 6 0M8 2v3m0 6v3',
  overview: 'M2.5 13.5v-4m4 4v-8m4 8V8m3.5 5.5v-11',
  namespaces: 'M2.5 4.5 8 1.8l5.5 2.7L8 7.2zM2.5 8 8 10.7 13.5 8m-11 3.5L8 14.2l5.5-2.7',
  connections: 'M6 10l4-4M7 4.5 8.5 3a3.2 3.2 0 0 1 4.5 4.5L11.5 9M9 11.5 7.5 13A3.2 3.2 0 0 1 3 8.5L4.5 7',
  apps: 'M2.5 2.5h4.5v4.5H2.5zm6.5 0h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z',
  audit: 'M4 1.8h5.5L12.5 5v9.2H4zM9.2 2v3.2h3M6.2 8h4m-4 3h4',
  log: 'M2.5 4h2m2.5 0h6.5M2.5 8h2M7 8h6.5m-11 4h2M7 12h6.5',
  tokens: 'M5.2 13.3a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM7.2 8.7 13 2.9M10.3 5.6l2.2 2.2',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zm3.3-1.2 3.2 3.2',
  plus: 'M8 3v10M3 8h10',
  close: 'm4 4 8 8m0-8-8 8',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  check: 'm3 8.5 3.3 3.3L13 5',
  eye: 'M1.5 8S4 3.7 8 3.7 14.5 8 14.5 8 12 12.3 8 12.3 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  hide: 'M2 2l12 12M6.3 4A6.3 6.3 0 0 1 8 3.7c4 0 6.5 4.3 6.5 4.3a11 11 0 0 1-2 2.4M3.8 5.3A11 11 0 0 0 1.5 8S4 12.3 8 12.3c1 0 1.9-.3 2.7-.7',
  warning: 'M8 2 1.5 13.5h13zM8 6.5v3.2m0 1.9v.1',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5V11m0-6v.1',
  error: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.5M8 11v.1',
  up: 'M8 13V3M4 7l4-4 4 4',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1.1 1.1M11.9 11.9 13 13M13 3l-1.1 1.1M4.1 11.9 3 13',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z',
  system: 'M2 3h12v8H2zM6 14h4m-2-3v3',
  pulse: 'M1.5 8H4l2-4.5 3.5 9L11.5 8h3',
  skip: 'M4 8h8',
  leave: 'M6.5 2.5h-4v11h4M10 5l3 3-3 3m3-3H6',
} as const;

/** Names of the icons. */
export type IconName = keyof typeof PATHS;

/** An icon, which screen readers pass over. */
export function Icon({ name }: { readonly name: IconName }): VNode {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
