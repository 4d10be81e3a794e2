/**
 * A test, step by step as its steps come.
 * @module
 */
import {
  Button,
  formatCount,
  html,
  Icon,
  type IconName,
  messageOf,
  Notice,
  type Tone,
  useEffect,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { TestEvent, TestOutcome, TestStep } from '../../../src/service/api.js';
import { asSentence } from '../parts/sentence.js';

/** How far a test is. */
interface Progress {
  readonly steps: readonly TestStep[];
  readonly end?: Exclude<TestOutcome, 'skipped'> | { readonly problem: string };
}

const BEGINNING: Progress = { steps: [] };

const MARKS: Readonly<Record<TestOutcome, { readonly icon: IconName; readonly text: string }>> = {
  ok: { icon: 'check', text: 'OK' },
  warning: { icon: 'warning', text: 'Warning' },
  failed: { icon: 'error', text: 'Failed' },
  skipped: { icon: 'skip', text: 'Not reached' },
};

const ENDS: Readonly<Record<'ok' | 'warning' | 'failed', { readonly tone: Tone; readonly text: string }>> = {
  ok: { tone: 'good', text: 'Everything works.' },
  warning: { tone: 'warn', text: 'It works, but there is something to be looked at.' },
  failed: { tone: 'bad', text: 'It does not work. What to do about it stands beside the step that failed.' },
};

/** Starts a test when it is shown, and again when that is asked for. @param start - begins one */
export function TestRun({
  start,
}: {
  readonly start: (signal: AbortSignal) => AsyncIterable<TestEvent>;
}): VNode {
  const [turn, setTurn] = useState(0);
  const [{ steps, end }, setProgress] = useState(BEGINNING);

  useEffect(() => {
    const stop = new AbortController();
    setProgress(BEGINNING);
    void follow(start(stop.signal), (next) => !stop.signal.aborted && setProgress(next));
    return () => stop.abort();
  }, [turn]);

  return html`<section class="panel" aria-label="Test">
    <ol class="steps" aria-label="Steps">${steps.map(stepRow)}</ol>
    <div role="status">
      ${
        end === undefined
          ? html`<p class="muted">Testing …</p>`
          : typeof end === 'string'
            ? html`<${Notice} tone=${ENDS[end].tone}>${ENDS[end].text}</${Notice}>`
            : html`<${Notice} tone="bad">The test could not be finished: ${end.problem}</${Notice}>`
      }
    </div>
    <div><${Button} disabled=${end === undefined} onClick=${() => setTurn(turn + 1)}>Test again</${Button}></div>
  </section>`;
}

async function follow(events: AsyncIterable<TestEvent>, tell: (progress: Progress) => void): Promise<void> {
  let steps: readonly TestStep[] = [];
  try {
    for await (const { event, data } of events) {
      if (event === 'step') {
        steps = [...steps, data];
        tell({ steps });
      } else if (event === 'done') {
        tell({ steps, end: data.outcome });
        return;
      } else if (event === 'error') {
        tell({ steps, end: { problem: data.message } });
        return;
      }
    }
    tell({ steps, end: { problem: 'the manager went away.' } });
  } catch (error) {
    tell({ steps, end: { problem: messageOf(error) } });
  }
}

function stepRow({ name, outcome, durationMs, message, advice, detail }: TestStep, index: number): VNode {
  const { icon, text } = MARKS[outcome];
  const facts = Object.entries(detail);
  return html`<li key=${`${index} ${name}`} class=${`step ${outcome}`}>
    <span class="step-mark"><${Icon} name=${icon} /><span class="hidden-text">${text}:</span></span>
    <div class="stack tight">
      <div class="row apart"><strong>${nameOf(name)}</strong>
        ${outcome !== 'skipped' && html`<span class="muted small number">${formatMs(durationMs)}</span>`}</div>
      <p>${asSentence(message)}</p>
      ${advice !== undefined && html`<p class="advice">${asSentence(advice)}</p>`}
      ${
        facts.length > 0 &&
        html`<details><summary class="muted small">What was seen</summary>
        <div class="record-details">${facts.map(([fact, value]) => `${fact}: ${textOf(value)}`).join('\n')}</div></details>`
      }
    </div>
  </li>`;
}

/** A step's name as people read it: `target-dns` is `Endpoint DNS`. */
function nameOf(name: string): string {
  const words = name
    .split('-')
    .map((word) => (/^(dns|tcp|tls|http)$/.test(word) ? word.toUpperCase() : word));
  const text = words.join(' ').replace(/^target\b/, 'endpoint');
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}`;
}

function formatMs(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${formatCount(ms)} ms`;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
