/**
 * One hybrid connection: its head, and what each of its tabs shows.
 * @module
 */
import {
  Button,
  Confirm,
  goTo,
  html,
  messageOf,
  NotFound,
  PageHead,
  plural,
  say,
  Tabs,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { Connection } from '../../../src/service/api.js';
import { Details } from '../details/details.js';
import { TestRun } from '../details/test-run.js';
import { LogView } from '../parts/log-view.js';
import { StateBadge } from '../parts/state-badge.js';
import { connectionLink, useSession, useStatus } from '../session/manager-session.js';
import { AuditView } from './audit.js';
import { hindranceOf } from './connections.js';

const TABS = [
  { id: '', text: 'Details' },
  { id: 'test', text: 'Test' },
  { id: 'log', text: 'Log' },
  { id: 'audit', text: 'Audit' },
];

/** The screen. */
export function ConnectionScreen({ id, part }: { readonly id: string; readonly part: string }): VNode {
  const session = useSession();
  const status = useStatus();
  const [isRemoving, setRemoving] = useState(false);
  const connection = status.connections.find((each) => each.id === id);
  if (connection === undefined)
    return html`<${NotFound} what="hybrid connection" home="Hybrid connections" />`;

  const { name } = connection;
  const restart = async () => {
    try {
      await session.api.restart(id);
      say(`${name} is restarted`);
    } catch (error) {
      say(messageOf(error), 'bad');
    }
  };
  const remove = async () => {
    await session.api.remove(id);
    goTo('#/');
    await session.reload();
  };
  return html`<${PageHead} title=${name} crumbs=${[{ text: 'Hybrid connections', href: '#/' }]}
      note=${html`<span class="row"><span role="status"><${StateBadge} connection=${connection} /></span>${connection.target !== undefined && html`<span class="mono">${connection.target}</span>`}</span>`}>
      <a class="button" href=${connectionLink(connection, 'test')}>Test</a>
      <${Button} onClick=${() => void restart()}>Restart</${Button}>
      ${hindranceOf(status) === undefined && html`<${Button} kind="danger" onClick=${() => setRemoving(true)}>Remove</${Button}>`}
    </${PageHead}>
    <${Tabs} label="Parts of this hybrid connection" current=${part}
      tabs=${TABS.map((tab) => ({ ...tab, href: connectionLink(connection, tab.id || undefined) }))} />
    ${partOf(part, connection)}
    ${
      isRemoving &&
      html`<${Confirm} title=${`Remove ${name}?`} action="Remove" done=${`Removed ${name}`} onAction=${remove} onClose=${() => setRemoving(false)}>
        <p>${openWords(connection.counters.open)}</p>
        <p>At the relay it stays, for other managers. Its key goes from the configuration of this one.</p>
      </${Confirm}>`
    }`;

  function partOf(tab: string, of: Connection): VNode {
    switch (tab) {
      case '':
        return html`<${Details} connection=${of} />`;
      case 'test':
        return html`<${TestRun} key=${id} start=${(signal: AbortSignal) => session.api.testConnection(id, signal)} />`;
      case 'log':
        return html`<${LogView} connection=${id} />`;
      case 'audit':
        return html`<${AuditView} connection=${id} />`;
      default:
        return html`<${NotFound} what="part of a hybrid connection" home="Hybrid connections" />`;
    }
  }
}

function openWords(open: number): VNode {
  if (open === 0) return html`No connection is open through it.`;
  return html`<strong>${plural(open, 'connection')} ${open === 1 ? 'is' : 'are'} open through it</strong>, and
    ${open === 1 ? ' has' : ' have'} a few seconds to finish. No new one is taken.`;
}
