/**
 * Lines of a log, the newest at the end.
 * @module
 */
import type { VNode } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { formatTime } from '../format.js';
import { html } from '../html.js';
import type { Tone } from './badge.js';

/** A line. */
export interface LogLine {
  readonly key: string;
  /** ISO 8601. */
  readonly time: string;
  /** How serious it is, in a word. */
  readonly label: string;
  readonly tone: Tone;
  readonly text: string;
  /** What else is known, smaller. */
  readonly note?: string;
}

/** The lines, in a box that scrolls. @param props.follow - keeps the newest line in sight */
export function LogList(props: {
  readonly label: string;
  readonly lines: readonly LogLine[];
  readonly follow: boolean;
}): VNode {
  const { label, lines, follow } = props;
  const box = useRef<HTMLDivElement>(null);
  const last = lines.at(-1)?.key;
  useLayoutEffect(() => {
    if (follow && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [last, lines.length, follow]);
  return html`<div class="log-box" ref=${box} tabindex="0" role="log" aria-label=${label}>
    ${lines.map(
      ({ key, time, label: word, tone, text, note }) => html`<p key=${key} class="log-line">
        <span class="log-time number">${formatTime(time)}</span>
        <span class=${`log-label ${tone}`}>${word}</span>
        <span>${text}${note && html` <span class="muted">${note}</span>`}</span>
      </p>`,
    )}
  </div>`;
}
