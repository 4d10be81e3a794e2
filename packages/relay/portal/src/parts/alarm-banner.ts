/**
 * Alarms of the relay, with what to do about them.
 * @module
 */
import { formatAgo, html, Notice, useNow, useObservable, type VNode } from '@hybridge/ui';
import { useSession } from '../session/portal-session.js';

/** The banner; nothing while there is no alarm. */
export function AlarmBanner(): VNode {
  const session = useSession();
  const info = useObservable(session.info);
  const overview = useObservable(session.overview);
  const now = useNow(10_000);
  const alarms = overview?.alarms ?? info.alarms;
  return html`<div role="alert" class=${alarms.length === 0 ? 'hidden-text' : 'stack tight'}>
    ${alarms.map(
      ({ id, since, message, advice }) => html`<${Notice} key=${id} tone="bad">
        <p><strong>${message}</strong> <span class="muted small">${formatAgo(since, now)}</span></p>
        <p>${advice}</p>
      </${Notice}>`,
    )}
  </div>`;
}
