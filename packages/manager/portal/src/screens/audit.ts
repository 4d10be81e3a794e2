/**
 * The audit log: who came, to what, for how long, how much, and how it ended.
 * @module
 */
import { ApiError, Button, Empty, html, PageHead, RecordTable, usePages, type VNode } from '@hybridge/ui';
import { auditRow } from '../parts/audit-words.js';
import { useSession } from '../session/manager-session.js';

/** The screen. */
export function AuditScreen(): VNode {
  return html`<${PageHead} title="Audit log" note="Who was led where, and who changed what. The newest first." />
    <${AuditView} />`;
}

/** The records. @param connection - id of the only one that they are about. Absent: everything */
export function AuditView({ connection = '' }: { readonly connection?: string }): VNode {
  const { api } = useSession();
  const pages = usePages((before) => api.audit(connection, before));
  if (pages.problem instanceof ApiError && pages.problem.status === 501) {
    return html`<div class="panel"><${Empty} icon="audit" title="This manager keeps no audit log">
      <p>Start it with --data-dir, or name a folder as audit.dir in its configuration.</p>
    </${Empty}></div>`;
  }
  return html`<div><${Button} small disabled=${pages.busy} onClick=${() => pages.more(true)}>Reload</${Button}></div>
    <${RecordTable} label="Audit records" pages=${pages} row=${auditRow} none="No records yet" />`;
}
