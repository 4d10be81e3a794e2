/**
 * The dialog that changes where a hybrid connection leads.
 * @module
 */
import { Dialog, fieldOf, html, Notice, say, TextField, useState, type VNode } from '@hybridge/ui';
import { checkHost, checkPort, endpointMetadata } from '../parts/checks.js';
import type { HybridConnectionRow } from '../session/hybrid-connections.js';
import { useSession } from '../session/portal-session.js';

/** The dialog. */
export function EditEndpoint({
  row,
  onClose,
}: {
  readonly row: HybridConnectionRow;
  readonly onClose: () => void;
}): VNode {
  const session = useSession();
  const [oldHost = '', oldPort = ''] = row.endpoint?.split(':') ?? [];
  const [host, setHost] = useState(oldHost);
  const [port, setPort] = useState(oldPort);
  const [refused, setRefused] = useState<{ host?: string; port?: string }>({});
  const wrong = { host: checkHost(host), port: checkPort(port) };

  const change = async () => {
    if (wrong.host !== undefined || wrong.port !== undefined) return false;
    try {
      await session.api.putHybridConnection(row.namespaceId, row.name, {
        requiresClientAuthorization: row.requiresClientAuthorization,
        userMetadata: endpointMetadata(host, port, row.userMetadata),
      });
    } catch (error) {
      const field = fieldOf(error, { port: /port/i, host: /host|endpoint|userMetadata/i });
      if (field === undefined) throw error;
      setRefused({ [field]: (error as Error).message });
      return false;
    }
    await session.reload();
    say(`${row.name} leads to ${host}:${port}`);
    return true;
  };
  const changed = (set: (value: string) => void) => (value: string) => {
    setRefused({});
    set(value);
  };
  return html`<${Dialog} title="Change endpoint" action="Change" onAction=${change} onClose=${onClose}>
    <div class="fields-row">
      <${TextField} label="Endpoint host" name="host" value=${host} onInput=${changed(setHost)} problem=${refused.host ?? wrong.host} />
      <${TextField} label="Endpoint port" name="port" inputMode="numeric" value=${port} onInput=${changed(setPort)} problem=${refused.port ?? wrong.port} />
    </div>
    <${Notice}>Managers learn of it when they next connect. Open connections stay as they are.</${Notice}>
  </${Dialog}>`;
}
