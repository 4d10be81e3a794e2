/**
 * Records of what happened, in pages, with everything that stands in one behind its triangle.
 * @module
 */
import type { VNode } from 'preact';
import { messageOf } from '../api/api-error.js';
import { formatTime } from '../format.js';
import { html } from '../html.js';
import type { Pages } from '../use-pages.js';
import { Button } from './button.js';
import { Notice } from './notice.js';
import { Empty } from './panel.js';

/** A record as people read it. */
export interface RecordRow {
  /** ISO 8601. */
  readonly time: string;
  readonly message: string;
  /** What the service calls it, smaller. */
  readonly operation: string;
  /** What it is about; left out on a narrow window. */
  readonly subject: string;
  readonly details: readonly (readonly [name: string, value: string])[];
}

/** The records so far, and a button for older ones. */
export function RecordTable<T>(props: {
  readonly label: string;
  readonly pages: Pages<T>;
  readonly row: (record: T) => RecordRow;
  /** Said when there are none. */
  readonly none: string;
}): VNode {
  const { label, pages, row, none } = props;
  const { records, next, busy, problem, more } = pages;
  return html`${problem !== undefined && html`<div role="alert"><${Notice} tone="bad">${messageOf(problem)}</${Notice}></div>`}
    ${
      records === undefined
        ? busy && html`<p class="loading" role="status">Loading …</p>`
        : records.length === 0
          ? html`<div class="panel"><${Empty} icon="audit" title=${none} /></div>`
          : html`<div class="table-box" tabindex="0" role="group" aria-label=${label}><table class="table" aria-label=${label}>
            <thead><tr><th scope="col">Time</th><th scope="col">Event</th><th scope="col" class="only-wide">Subject</th></tr></thead>
            <tbody>${records.map((record, index) => drawn(row(record), index))}</tbody>
          </table></div>`
    }
    ${next !== undefined && html`<div><${Button} disabled=${busy} onClick=${() => more(false)}>${busy ? 'One moment …' : 'Older records'}</${Button}></div>`}`;
}

function drawn({ time, message, operation, subject, details }: RecordRow, index: number): VNode {
  return html`<tr key=${`${time} ${index}`}>
    <th scope="row" class="tight number">${formatTime(time)}</th>
    <td><details><summary>${message} <span class="muted small">${operation}</span></summary>
      <div class="record-details">${details.map(([name, value]) => `${name}: ${value}`).join('\n')}</div></details></td>
    <td class="only-wide">${subject}</td>
  </tr>`;
}
