/**
 * Something secret: masked until asked for, and copied without being shown.
 * @module
 */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { html } from '../html.js';
import { Button } from './button.js';
import { say } from './notice.js';

const MASK = '•'.repeat(32);

/** A secret in a line, with buttons to show and to copy it. @param name - what it is, for screen readers and the notice */
export function Secret(props: {
  readonly name: string;
  readonly value: string;
  readonly visible?: boolean;
}): VNode {
  const { name, value } = props;
  const [shown, setShown] = useState(props.visible ?? false);
  return html`<div class="secret">
    <span class="label">${name}</span>
    <div class="secret-line">
      <code class=${shown ? 'shown' : 'masked'}>${shown ? value : maskOf(value)}</code>
      <${Button} kind="quiet" icon=${shown ? 'hide' : 'eye'} label=${`${shown ? 'Hide' : 'Show'} ${name}`}
        onClick=${() => setShown(!shown)} />
      <${Button} kind="quiet" icon="copy" label=${`Copy ${name}`} onClick=${() => copy(name, value)} />
    </div>
  </div>`;
}

/** Of a connection string only the key is secret. */
function maskOf(value: string): string {
  return value.includes('SharedAccessKey=') ? value.replace(/(SharedAccessKey=)[^;]*/, `$1${MASK}`) : MASK;
}

/** Puts a text on the clipboard, also where the page came over plain HTTP and browsers give it no clipboard. */
export async function copy(name: string, value: string): Promise<void> {
  try {
    if (navigator.clipboard === undefined) copyBySelection(value);
    else await navigator.clipboard.writeText(value);
    say(`Copied: ${name}`);
  } catch {
    say('The browser does not allow copying. Show the value and copy it by hand.', 'bad');
  }
}

function copyBySelection(value: string): void {
  const area = document.createElement('textarea');
  area.value = value;
  area.className = 'hidden-text';
  const opener = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (opener instanceof HTMLElement) opener.focus();
  if (!done) throw new Error('not allowed');
}
