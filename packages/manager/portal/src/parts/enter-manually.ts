/**
 * The dialog that takes a connection string.
 *
 * What was pasted is told back by its parts, without the key. What the manager refuses stands at the field that it is about.
 * @module
 */
import { ApiError, Dialog, fieldOf, goTo, html, say, TextField, useState, type VNode } from '@hybridge/ui';
import { connectionLink, useSession } from '../session/manager-session.js';
import { type Pasted, pastedIn } from './connection-string.js';
import { checkEndpoint } from './endpoint.js';

type Field = 'connectionString' | 'endpoint' | 'name';

/** What of the manager's own words belongs to which field. */
const TARGETS: Readonly<Record<Field, RegExp>> = {
  connectionString: /connectionString/i,
  endpoint: /endpoint|target/i,
  name: /name/i,
};

/** The dialog. */
export function EnterManually({ onClose }: { readonly onClose: () => void }): VNode {
  const session = useSession();
  const [values, setValues] = useState<Record<Field, string>>({
    connectionString: '',
    endpoint: '',
    name: '',
  });
  const [isAsked, setAsked] = useState(false);
  const [refused, setRefused] = useState<Partial<Record<Field, string>>>({});
  const pasted = pastedIn(values.connectionString);
  const endpoint = values.endpoint.trim();
  const wrong = {
    connectionString:
      pasted.kind === 'wrong'
        ? pasted.problem
        : pasted.kind === 'nothing' && isAsked
          ? 'Paste the connection string of the gateway side.'
          : undefined,
    endpoint: endpoint === '' || (!isAsked && !endpoint.includes(':')) ? undefined : checkEndpoint(endpoint),
    name: undefined,
  };
  const bind = (field: Field) => ({
    name: field,
    value: values[field],
    problem: refused[field] ?? wrong[field],
    onInput: (value: string) => {
      setValues({ ...values, [field]: value });
      setRefused({});
    },
  });

  const save = async () => {
    setAsked(true);
    if (pasted.kind === 'nothing' || pasted.kind === 'wrong') return false;
    if (endpoint !== '' && checkEndpoint(endpoint) !== undefined) return false;
    const name = values.name.trim();
    try {
      const added = await session.api.add({
        connectionString: values.connectionString.trim(),
        ...(endpoint === '' ? {} : { endpoint }),
        ...(name === '' ? {} : { name }),
      });
      await session.reload();
      say(`Configured ${added.name}`);
      goTo(connectionLink(added));
      return true;
    } catch (error) {
      const field = error instanceof ApiError ? fieldOf(error, TARGETS) : undefined;
      if (field === undefined) throw error;
      setRefused({ [field]: (error as ApiError).message });
      return false;
    }
  };

  return html`<${Dialog} title="Enter a hybrid connection" action="Save" onAction=${save} onClose=${onClose}>
    <${TextField} label="Connection string" type="password" ...${bind('connectionString')} hint=${hintFor(pasted)} />
    <${TextField} label="Endpoint" placeholder="db01.corp.example:1433" ...${bind('endpoint')}
      hint="Leave it empty to take the one that the hybrid connection names at the relay." />
    <${TextField} label="Name" ...${bind('name')} hint="What it is called here. Empty: as the hybrid connection." />
  </${Dialog}>`;
}

function hintFor(pasted: Pasted): string {
  switch (pasted.kind) {
    case 'text': {
      const by = pasted.policy === undefined ? 'by a signature' : `by the policy ${pasted.policy}`;
      return `${pasted.hybridConnection} at ${pasted.host}, ${by}.`;
    }
    case 'reference':
      return 'A reference, which the manager reads on its own machine.';
    default:
      return 'Endpoint=sb://…;SharedAccessKeyName=…;SharedAccessKey=…;EntityPath=…, of a policy that may listen.';
  }
}
