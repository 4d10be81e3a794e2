/**
 * Light or dark: as the system has it, unless the person chose.
 * @module
 */

/** What can be chosen. */
export type Theme = 'system' | 'light' | 'dark';

const KEY = 'hybridge.theme';

/** What was chosen. */
export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

/** Chooses, and keeps it for this browser. Charts are told by the event `hybridge-theme` of the window. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  applyTheme(theme);
  dispatchEvent(new Event('hybridge-theme'));
}

/** Puts what was chosen into force. */
export function applyTheme(theme: Theme = chosenTheme()): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}
