/**
 * What is around every screen: where one can go, whether what is shown is live, and what everybody should know.
 * @module
 */
import {
  Frame,
  html,
  LiveMark,
  NotFound,
  type Place,
  type Route,
  ThemeChoice,
  useRoute,
  type VNode,
} from '@hybridge/ui';
import { Notices } from './parts/notices.js';
import { AboutScreen } from './screens/about.js';
import { AuditScreen } from './screens/audit.js';
import { ConfigureScreen } from './screens/configure.js';
import { ConnectionScreen } from './screens/connection.js';
import { ConnectionsScreen } from './screens/connections.js';
import { LogScreen } from './screens/log.js';
import { TestTargetScreen } from './screens/test-target.js';
import { useSession, useStatus } from './session/manager-session.js';

const PLACES: readonly Place[] = [
  { path: '', text: 'Hybrid connections', icon: 'connections' },
  { path: 'log', text: 'Log', icon: 'log' },
  { path: 'audit', text: 'Audit log', icon: 'audit' },
  { path: 'test', text: 'Test an endpoint', icon: 'pulse' },
  { path: 'about', text: 'This manager', icon: 'system' },
];

/** The frame, with the screen that the address names. */
export function ManagerFrame(): VNode {
  const { live } = useSession();
  const { host, version } = useStatus();
  const route = useRoute();
  const foot = html`<${LiveMark} state=${live.state} />
    <div class="row apart still">
      <span class="who small"><strong>${host}</strong><span class="muted">version ${version}</span></span>
      <${ThemeChoice} />
    </div>`;
  return html`<${Frame} of="Manager" icon="connections" places=${PLACES} route=${route} depth=${2} foot=${foot}>
    <${Notices} />
    ${screenOf(route)}
  </${Frame}>`;
}

function screenOf({ path, query }: Route): VNode {
  const [first = '', second, third = ''] = path;
  if (first === '') return html`<${ConnectionsScreen} />`;
  if (first === 'configure') return html`<${ConfigureScreen} />`;
  if (first === 'connections' && second !== undefined) {
    return html`<${ConnectionScreen} key=${second} id=${second} part=${third} />`;
  }
  if (first === 'log') return html`<${LogScreen} connection=${query.get('connection') ?? ''} />`;
  if (first === 'audit') return html`<${AuditScreen} />`;
  if (first === 'test') return html`<${TestTargetScreen} />`;
  if (first === 'about') return html`<${AboutScreen} />`;
  return html`<${NotFound} what="screen" home="Hybrid connections" />`;
}
