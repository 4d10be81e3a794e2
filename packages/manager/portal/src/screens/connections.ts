/**
 * The first screen: the hybrid connections that this manager holds.
 * @module
 */
import {
  Button,
  type Column,
  Empty,
  formatCount,
  formatRate,
  html,
  Notice,
  PageHead,
  plural,
  Table,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { Connection, ManagerStatus } from '../../../src/service/api.js';
import { EnterManually } from '../parts/enter-manually.js';
import { StateLine } from '../parts/state-badge.js';
import { wordsFor } from '../parts/state-words.js';
import { connectionLink, useStatus } from '../session/manager-session.js';

/** From so many on only the rows in sight are drawn, and reasons take one line. */
const MANY = 100;

const trafficOf = ({ traffic }: Connection) => traffic.toTargetPerSecond + traffic.fromTargetPerSecond;

const COLUMNS: readonly Column<Connection>[] = [
  {
    name: 'Name',
    sortBy: ({ name }) => name,
    cell: (
      connection,
    ) => html`<a href=${connectionLink(connection)} title=${connection.name}>${connection.name}</a>
      <div class="muted small">${placeOf(connection)}</div>`,
  },
  {
    name: 'Status',
    width: '34%',
    sortBy: (connection) => wordsFor(connection).text,
    cell: (connection) => html`<${StateLine} connection=${connection} />`,
  },
  {
    name: 'Endpoint',
    onlyWide: true,
    sortBy: ({ target = '' }) => target,
    cell: ({ target }) => html`<span class="muted" title=${target}>${target ?? '–'}</span>`,
  },
  {
    name: 'Listeners',
    width: '88',
    kind: 'end',
    onlyWide: true,
    sortBy: ({ relay }) => relay?.listeners ?? -1,
    cell: ({ relay }) => (relay?.listeners === undefined ? '–' : formatCount(relay.listeners)),
  },
  {
    name: 'Traffic',
    width: '100',
    kind: 'end',
    onlyWide: true,
    sortBy: trafficOf,
    cell: (connection) => formatRate(trafficOf(connection)),
  },
];

/** The namespace, and the hybrid connection where it is called otherwise here. */
function placeOf({ name, namespace, hybridConnection }: Connection): string {
  return name === hybridConnection ? namespace : `${namespace}/${hybridConnection}`;
}

/** The screen. */
export function ConnectionsScreen(): VNode {
  const status = useStatus();
  const { connections } = status;
  const [isEntering, setEntering] = useState(false);
  const hindrance = hindranceOf(status);
  const buttons =
    hindrance === undefined &&
    html`<${Button} onClick=${() => setEntering(true)}>Enter manually</${Button}>
      <a class="button primary" href="#/configure">${connections.length === 0 ? 'Sign in and choose' : 'Configure another'}</a>`;
  const connected = connections.filter(({ state }) => state.name === 'online').length;
  return html`<${PageHead} title="Hybrid connections"
      note=${connections.length > 0 && `${plural(connections.length, 'hybrid connection')}, ${formatCount(connected)} connected`}>
      ${connections.length > 0 && buttons}
    </${PageHead}>
    ${hindrance !== undefined && html`<${Notice}>Hybrid connections cannot be added or removed here: ${hindrance.replace(/\.$/, '')}.</${Notice}>`}
    ${
      connections.length === 0
        ? html`<div class="panel"><${Empty} icon="connections" title="No hybrid connection is configured yet">
            <p>A hybrid connection leads from applications elsewhere to one host and port that this machine can reach. Sign in at the
              relay and choose it from a list, or enter its connection string: the gateway's, with the Listen right.</p>
            ${buttons && html`<div class="row">${buttons}</div>`}
          </${Empty}></div>`
        : html`<${Table} label="Hybrid connections" columns=${COLUMNS} rows=${connections} long=${connections.length > MANY}
            keyOf=${({ id }: Connection) => id} />`
    }
    ${isEntering && html`<${EnterManually} onClose=${() => setEntering(false)} />`}`;
}

/** Why the configuration cannot be changed from here. */
export function hindranceOf({ configFile, policy }: ManagerStatus): string | undefined {
  if (configFile === undefined) return 'the configuration stands on the command line of the manager.';
  if (!configFile.isWritable) return configFile.reason ?? `${configFile.path} cannot be written.`;
  return policy.unusable === undefined ? undefined : 'the policy cannot be used, so none would be allowed.';
}
