/**
 * The manager's page: starts it in the browser.
 * @module
 */
import { applyTheme, html, render } from '@hybridge/ui';
import { App } from './app.js';

applyTheme();
render(html`<${App} />`, document.getElementById('portal') as HTMLElement);
