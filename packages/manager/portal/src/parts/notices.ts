/**
 * What everybody should know, at the top of every screen: that the manager is gone, that the policy or the configuration cannot
 * be used, that there is a newer version.
 * @module
 */
import {
  Button,
  formatAgo,
  formatTime,
  html,
  Notice,
  useNow,
  useObservable,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { ManagerStatus, UpdateNotice } from '../../../src/service/api.js';
import { useSession, useStatus } from '../session/manager-session.js';
import { asSentence } from './sentence.js';

/** The notices; nothing where there is nothing to say. What moves on each second is not read out each second. */
export function Notices(): VNode {
  const status = useStatus();
  const live = useObservable(useSession().live.state);
  const now = useNow();
  const alarms = alarmsOf(status);
  const isGone = live.name === 'lost';
  return html`<div role="alert" class=${isGone || alarms.length > 0 ? 'stack tight' : 'hidden-text'}>
      ${
        isGone &&
        html`<${Notice} tone="bad">
          <p><strong>The manager has not answered since ${formatTime(new Date(live.since).toISOString()).slice(11)}</strong>
            ${' '}<span class="muted small" aria-hidden="true">${formatAgo(new Date(live.since).toISOString(), now)}</span></p>
          <p>It was ended, or hangs, or the policy of the administrator no longer allows these pages. What is shown is the last that
            was known. As soon as the manager answers, the page goes on by itself.</p>
        </${Notice}>`
      }
      ${alarms.map(
        ({ title, text }) =>
          html`<${Notice} key=${title} tone="bad"><p><strong>${title}</strong></p><p>${asSentence(text)}</p></${Notice}>`,
      )}
    </div>
    ${status.update?.isNewer === true && html`<${NewerVersion} key=${status.update.latest} update=${status.update} />`}`;
}

interface Alarm {
  readonly title: string;
  readonly text: string;
}

function alarmsOf({ policy, configFile, warnings }: ManagerStatus): readonly Alarm[] {
  const alarms: Alarm[] = [];
  if (policy.unusable !== undefined) {
    alarms.push({ title: 'Nothing is allowed', text: policy.unusable });
  }
  if (configFile?.problem !== undefined) {
    alarms.push({
      title: 'The configuration file cannot be used; what stood there before still holds',
      text: configFile.problem,
    });
  }
  // The policy's problem is among the warnings, too.
  for (const text of warnings) {
    if (text !== policy.unusable && text !== configFile?.problem)
      alarms.push({ title: 'To be looked at', text });
  }
  return alarms;
}

function NewerVersion({ update }: { readonly update: UpdateNotice }): VNode {
  const [isSeen, setSeen] = useState(false);
  if (isSeen) return html``;
  const { current, latest, url } = update;
  return html`<div role="status"><${Notice}>
    <div class="row apart">
      <span><strong>Version ${latest} is available.</strong> This is ${current}.
        ${isWebAddress(url) && html`${' '}<a href=${url} target="_blank" rel="noreferrer">What is new</a>`}</span>
      <${Button} small kind="quiet" icon="close" label="Not now" onClick=${() => setSeen(true)} />
    </div>
  </${Notice}></div>`;
}

/** What is told from elsewhere becomes a link only if it is one. */
function isWebAddress(url: string | undefined): boolean {
  return url !== undefined && /^https:\/\//i.test(url);
}
