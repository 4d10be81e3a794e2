/**
 * The button that goes from the system's colours to light ones, dark ones, and back.
 * @module
 */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { html } from '../html.js';
import { chooseTheme, chosenTheme, type Theme } from '../theme.js';
import { Button } from './button.js';
import type { IconName } from './icon.js';

const NEXT: Readonly<
  Record<Theme, { readonly next: Theme; readonly icon: IconName; readonly text: string }>
> = {
  system: { next: 'light', icon: 'system', text: 'Colours: as the system' },
  light: { next: 'dark', icon: 'sun', text: 'Colours: light' },
  dark: { next: 'system', icon: 'moon', text: 'Colours: dark' },
};

/** The button. */
export function ThemeChoice(): VNode {
  const [theme, setTheme] = useState(chosenTheme);
  const { next, icon, text } = NEXT[theme];
  const choose = () => {
    chooseTheme(next);
    setTheme(next);
  };
  return html`<${Button} kind="quiet" small icon=${icon} label=${text} onClick=${choose} />`;
}
