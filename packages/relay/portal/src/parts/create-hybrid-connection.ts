/**
 * The dialog that makes a hybrid connection.
 *
 * Name, endpoint host, endpoint port, namespace: the fields that Azure's portal asks for. Each is checked as it is typed,
 * once it has been left or the form was sent.
 * @module
 */
import {
  Dialog,
  fieldOf,
  goTo,
  html,
  SelectField,
  say,
  TextField,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { Inventory } from '../api/types.js';
import { hybridConnectionLink } from '../session/links.js';
import { useSession } from '../session/portal-session.js';
import { isSamePlace } from '../session/same-name.js';
import { checkHost, checkName, checkPort, endpointMetadata } from './checks.js';

type Field = 'name' | 'host' | 'port' | 'namespace';
type Problems = Partial<Record<Field, string | undefined>>;

/** What of the relay's own words belongs to which field. */
const TARGETS = {
  port: /port/i,
  host: /host|endpoint|userMetadata/i,
  namespace: /namespace|Quota/i,
  name: /name|Conflict/i,
};

/** The dialog. */
export function CreateHybridConnection(props: {
  readonly inventory: Inventory;
  readonly namespace?: string | undefined;
  readonly onClose: () => void;
}): VNode {
  const { inventory, onClose } = props;
  const session = useSession();
  const [values, setValues] = useState({
    name: '',
    host: '',
    port: '',
    namespace: props.namespace || (inventory.namespaces[0]?.name ?? ''),
  });
  const [touched, setTouched] = useState<Partial<Record<Field, boolean>>>({});
  const [refused, setRefused] = useState<Problems>({});

  const namespace = inventory.namespaces.find(({ name }) => name === values.namespace);
  const taken = isTaken(useObservable(session.inventory), values);
  const wrong: Problems = {
    name: checkName(values.name) ?? (taken ? `${values.namespace} has one of this name already.` : undefined),
    host: checkHost(values.host),
    port: checkPort(values.port),
    namespace: namespace === undefined ? 'Choose a namespace.' : undefined,
  };
  const problem = (field: Field) => refused[field] ?? (touched[field] ? wrong[field] : undefined);
  const bind = (field: Field) => ({
    name: field,
    value: values[field],
    problem: problem(field),
    onInput: (value: string) => {
      setValues({ ...values, [field]: value });
      setRefused({ ...refused, [field]: undefined });
      // A slip is told while it is typed; a field that is still empty only when it is left.
      if (value !== '' && field !== 'host') setTouched((last) => ({ ...last, [field]: true }));
    },
    onBlur: () => values[field] !== '' && setTouched((last) => ({ ...last, [field]: true })),
  });

  const create = async () => {
    setTouched({ name: true, host: true, port: true, namespace: true });
    if (Object.values(wrong).some((each) => each !== undefined) || namespace === undefined) return false;
    // To put what is there already would change it, and somebody else may have made it meanwhile.
    await session.reload();
    if (isTaken(session.inventory.value, values)) return false;
    try {
      const userMetadata = endpointMetadata(values.host, values.port);
      await session.api.putHybridConnection(namespace.id, values.name, {
        requiresClientAuthorization: true,
        userMetadata,
      });
    } catch (error) {
      const field = fieldOf(error, TARGETS);
      if (field === undefined) throw error;
      setRefused({ [field]: (error as Error).message });
      return false;
    }
    await session.reload();
    say(`Created ${values.name}`);
    goTo(hybridConnectionLink(values.namespace, values.name));
    return true;
  };

  return html`<${Dialog} title="Create a hybrid connection" action="Create" onAction=${create} onClose=${onClose}>
    <${TextField} label="Name" placeholder="orders-db" ...${bind('name')} />
    <div class="fields-row">
      <${TextField} label="Endpoint host" placeholder="db01.corp.local" ...${bind('host')}
        hint="As the manager in that network knows it." />
      <${TextField} label="Endpoint port" placeholder="1433" inputMode="numeric" ...${bind('port')} />
    </div>
    <${SelectField} label="Namespace" ...${bind('namespace')}
      options=${inventory.namespaces.map(({ name }) => ({ value: name, text: name }))} />
  </${Dialog}>`;
}

function isTaken(
  inventory: Inventory | undefined,
  values: { readonly namespace: string; readonly name: string },
): boolean {
  return (inventory?.namespaces ?? []).some((namespace) =>
    namespace.hybridConnections.some(({ name }) => isSamePlace({ namespace: namespace.name, name }, values)),
  );
}
