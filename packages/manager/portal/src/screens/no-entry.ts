/**
 * What stands in place of everything when there is no way in: which is missing, and how to get it.
 * @module
 */
import { Button, Gate, html, Notice, type VNode } from '@hybridge/ui';

/** Why there is no way in. */
export type Obstacle =
  | { readonly name: 'no token' | 'wrong token' | 'token no longer valid' }
  | { readonly name: 'no answer'; readonly message: string };

const WORDS = {
  'no token': {
    title: 'The address is not complete',
    text: 'The manager prints an address that ends in a token. This one has none, so the manager does not know who asks.',
  },
  'wrong token': {
    title: 'The token does not fit',
    text: 'The manager makes another token each time that it starts. The one in this address is not that of the manager that runs now.',
  },
  'token no longer valid': {
    title: 'The manager was started again',
    text: 'It made another token, so this page can no longer talk to it. Hybrid connections are not touched by that.',
  },
} as const;

/** The card. */
export function NoEntry(props: { readonly obstacle: Obstacle; readonly onAgain: () => unknown }): VNode {
  const { obstacle, onAgain } = props;
  if (obstacle.name === 'no answer') {
    return html`<${Gate} of="Manager" icon="connections" title="The manager does not answer">
      <div role="alert"><${Notice} tone="bad">${obstacle.message}</${Notice}></div>
      <p>It may not be running. On its machine, this says how it is:</p>
      <pre class="command"><code>hybridge manager list</code></pre>
      <div><${Button} kind="primary" onClick=${() => onAgain()}>Try again</${Button}></div>
    </${Gate}>`;
  }
  const { title, text } = WORDS[obstacle.name];
  return html`<${Gate} of="Manager" icon="connections" title=${title}>
    <p>${text}</p>
    <p>On the manager's machine, as the user that it runs as, this prints the address, and with --open opens it:</p>
    <pre class="command"><code>hybridge manager ui</code></pre>
  </${Gate}>`;
}
