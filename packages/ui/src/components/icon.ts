/**
 * The icons: lines on a grid of 16, in the colour of the text around them. None of them says anything alone.
 * @module
 */
import type { VNode } from 'preact';
import { html } from '../html.js';

const PATHS = {
  relay: 'M2 8h3m6 0h3M5 8a3 3 0 0 1 6 0M5 8a3 3 0 0 0 6 0M8 2v3m0 6v3',
  overview: 'M2.5 13.5v-4m4 4v-8m4 8V8m3.5 5.500v-11',
  namespaces: 'M2.5 4.5 8 1.800l5.5 2.700L8 7.200zM2.5 8 8 10.7 13.5 8m-11 3.500L8 14.200l5.5-2.7',
  connections:
    'M6 10l4-4M7 4.5 8.5 3a3.2 3.2 0 0 1 4.5 4.500L11.5 9M9 11.5 7.5 13A3.2 3.2 0 0 1 3 8.500L4.5 7',
  apps: 'M2.5 2.500h4.500v4.500H2.500zm6.5 0h4.500v4.500H9zM2.5 9h4.500v4.500H2.500zM9 9h4.500v4.500H9z',
  audit: 'M4 1.800h5.500L12.5 5v9.200H4zM9.2 2v3.200h3M6.2 8h4m-4 3h4',
  tokens: 'M9.8 6.200a3.3 3.3 0 1 0-2.9 3.900L8 9h1.500V7.500H11l2.8-2.800V2.200h-2.500z',
  search: 'M7 11.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zm3.3-1.2 3.2 3.2',
  plus: 'M8 3v10M3 8h10',
  close: 'm4 4 8 8m0-8-8 8',
  copy: 'M5.5 5.500h8v8h-8zM10.5 5.500v-3h-8v8h3',
  check: 'm3 8.5 3.3 3.300L13 5',
  eye: 'M1.5 8S4 3.7 8 3.7 14.5 8 14.5 8 12 12.3 8 12.3 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  hide: 'M2 2l12 12M6.3 4A6.3 6.3 0 0 1 8 3.700c4 0 6.5 4.3 6.5 4.300a11 11 0 0 1-2 2.400M3.8 5.300A11 11 0 0 0 1.5 8S4 12.3 8 12.300c1 0 1.9-.3 2.7-.7',
  warning: 'M8 2 1.5 13.500h13zM8 6.500v3.200m0 1.900v.1',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.500V11m0-6v.1',
  error: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 5v3.500M8 11v.1',
  up: 'M8 13V3M4 7l4-4 4 4',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1v1.500M8 13.500V15M1 8h1.500M13.5 8H15M3 3l1.1 1.100M11.9 11.9 13 13M13 3l-1.1 1.100M4.1 11.9 3 13',
  moon: 'M13.5 9.500A6 6 0 0 1 6.5 2.500a6 6 0 1 0 7 7z',
  system: 'M2 3h12v8H2zM6 14h4m-2-3v3',
  leave: 'M6.5 2.500h-4v11h4M10 5l3 3-3 3m3-3H6',
} as const;

/** Names of the icons. */
export type IconName = keyof typeof PATHS;

/** An icon, which screen readers pass over. */
export function Icon({ name }: { readonly name: IconName }): VNode {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
