/**
 * The form that signs in at a relay's management.
 * @module
 */
import {
  ApiError,
  Button,
  fieldOf,
  html,
  messageOf,
  Notice,
  Panel,
  TextField,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { Login } from '../../../src/service/api.js';
import { useSession } from '../session/manager-session.js';

type Field = 'url' | 'token';

const TARGETS: Readonly<Record<Field, RegExp>> = { url: /url/i, token: /token|Unauthorized|Forbidden/i };

/** The form. @param props.problem - why one has to sign in again */
export function SignInAtRelay(props: {
  readonly problem: string | undefined;
  readonly onDone: (login: Login) => void;
}): VNode {
  const { api } = useSession();
  const [values, setValues] = useState<Record<Field, string>>({ url: '', token: '' });
  const [isAsked, setAsked] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [refused, setRefused] = useState<Partial<Record<Field | 'all', string>>>({});
  const wrong: Partial<Record<Field, string>> = {
    ...(isWebAddress(values.url.trim())
      ? {}
      : { url: 'The address of the admin port, such as https://relay.example:8081.' }),
    ...(values.token.trim() === '' ? { token: 'A token of the role operator or owner.' } : {}),
  };
  const bind = (field: Field) => ({
    name: field,
    value: values[field],
    problem: refused[field] ?? (isAsked ? wrong[field] : undefined),
    onInput: (value: string) => {
      setValues({ ...values, [field]: value });
      setRefused({});
    },
  });
  const submit = async (event: Event) => {
    event.preventDefault();
    setAsked(true);
    if (isBusy || Object.keys(wrong).length > 0) return;
    setBusy(true);
    setRefused({});
    try {
      props.onDone(await api.signIn({ url: values.url.trim(), token: values.token.trim() }));
    } catch (error) {
      const field = error instanceof ApiError ? fieldOf(error, TARGETS) : undefined;
      setRefused({ [field ?? 'all']: messageOf(error) });
      setBusy(false);
    }
  };
  const problem = refused.all ?? props.problem;
  return html`<${Panel} title="Sign in">
    <form class="stack narrow" onSubmit=${submit} novalidate>
      <${TextField} label="Address of the relay's admin port" placeholder="https://relay.example:8081" ...${bind('url')}
        hint="Where the relay's portal is, without /portal/." />
      <${TextField} label="Token" type="password" ...${bind('token')}
        hint="Made in the relay's portal under Tokens, of the role operator at least. The manager keeps it in memory for a while, and writes it nowhere." />
      ${problem !== undefined && html`<div role="alert"><${Notice} tone="bad">${problem}</${Notice}></div>`}
      <div><${Button} kind="primary" type="submit" disabled=${isBusy}>${isBusy ? 'One moment …' : 'Sign in'}</${Button}></div>
    </form>
  </${Panel}>`;
}

function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^/\s]+/i.test(text);
}
