/**
 * The relay's portal: starts it in the page.
 * @module
 */
import { applyTheme, html, render } from '@hybridge/ui';
import { App } from './app.js';

applyTheme();
render(html`<${App} />`, document.getElementById('portal') as HTMLElement);
