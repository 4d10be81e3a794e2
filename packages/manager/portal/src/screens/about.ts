/**
 * The manager itself: version, machine, configuration, policy.
 * @module
 */
import {
  Facts,
  formatDuration,
  formatTime,
  html,
  Notice,
  PageHead,
  Panel,
  plural,
  useNow,
  type VNode,
} from '@hybridge/ui';
import type { ManagerStatus } from '../../../src/service/api.js';
import { useStatus } from '../session/manager-session.js';

/** The screen. */
export function AboutScreen(): VNode {
  const status = useStatus();
  const now = useNow(10_000);
  const { version, update, host, pid, startedAt, connections } = status;
  return html`<${PageHead} title="This manager" note="The Hybrid Connection Manager that runs on this machine." />
    <div class="columns">
      <${Panel} title="Manager">
        <${Facts} facts=${[
          [
            'Version',
            html`${version} ${update !== undefined && html`<span class="muted">${newest(update)}</span>`}`,
          ],
          ['Machine', host],
          ['Process', String(pid)],
          [
            'Started',
            html`${formatTime(startedAt)} <span class="muted">${formatDuration(now - Date.parse(startedAt))} ago</span>`,
          ],
          ['Holds', plural(connections.length, 'hybrid connection')],
        ]} />
      </${Panel}>
      <${Panel} title="Configuration"><${ConfigFile} status=${status} /></${Panel}>
      <${Panel} title="Policy of the administrator"><${Policy} status=${status} /></${Panel}>
    </div>
    <p class="small muted"><a href="third-party.txt">Licences</a></p>`;
}

function newest({ latest, isNewer, checkedAt }: NonNullable<ManagerStatus['update']>): string {
  return isNewer ? `${latest} is available` : `the newest, as of ${formatTime(checkedAt)}`;
}

function ConfigFile({ status: { configFile } }: { readonly status: ManagerStatus }): VNode {
  if (configFile === undefined)
    return html`<p>It stands on the command line, so nothing can be added or removed here.</p>`;
  const { path, isWritable, reason, problem } = configFile;
  return html`<${Facts} facts=${[
    ['File', html`<code>${path}</code>`],
    ['Can be changed here', isWritable ? 'Yes' : `No${reason === undefined ? '' : `: ${reason}`}`],
  ]} />
    ${problem !== undefined && html`<${Notice} tone="bad">${problem}</${Notice}>`}`;
}

function Policy({ status: { policy } }: { readonly status: ManagerStatus }): VNode {
  if (policy.path === undefined) return html`<p>There is none: everything is allowed.</p>`;
  return html`<${Facts} facts=${[
    ['File', html`<code>${policy.path}</code>`],
    ['Looks for newer versions', policy.updates ? 'Allowed' : 'Not allowed'],
  ]} />
    ${policy.unusable !== undefined && html`<${Notice} tone="bad">${policy.unusable}</${Notice}>`}`;
}
