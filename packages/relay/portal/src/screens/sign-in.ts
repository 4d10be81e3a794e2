/**
 * Where a token is asked for.
 * @module
 */
import { Button, Gate, html, Notice, TextField, useState, type VNode } from '@hybridge/ui';

/** The form. */
export function SignIn(props: {
  readonly problem: string | undefined;
  readonly onEnter: (token: string) => Promise<void>;
}): VNode {
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (token.trim() === '' || busy) return;
    setBusy(true);
    await props.onEnter(token.trim());
    setBusy(false);
  };

  return html`<${Gate} of="Relay" icon="relay" title="Sign in">
    <form onSubmit=${submit}>
      <${TextField} label="Token" type="password" name="token" value=${token} onInput=${setToken} autoFocus
        hint="The relay's first token is in the file admin.token of its data folder." />
      ${props.problem && html`<div role="alert"><${Notice} tone="bad">${props.problem}</${Notice}></div>`}
      <${Button} kind="primary" type="submit" disabled=${busy}>${busy ? 'One moment …' : 'Sign in'}</${Button}>
    </form>
  </${Gate}>`;
}
