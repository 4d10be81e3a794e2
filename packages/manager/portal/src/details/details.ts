/**
 * What a hybrid connection is, how it stands, and what goes over it.
 * @module
 */
import {
  Chart,
  Facts,
  formatAgo,
  formatBytes,
  formatCount,
  formatRate,
  formatTime,
  html,
  Notice,
  Panel,
  Tiles,
  useNow,
  type VNode,
} from '@hybridge/ui';
import type { Connection, State, Trouble } from '../../../src/service/api.js';
import { hourOf } from '../parts/hour.js';
import { asSentence } from '../parts/sentence.js';
import { nextTry, reasonFor, wordsOf } from '../parts/state-words.js';
import { useStatus } from '../session/manager-session.js';

/** The tab. */
export function Details({ connection }: { readonly connection: Connection }): VNode {
  const { counters, traffic, relay } = connection;
  return html`<${Standing} connection=${connection} />
    <${Tiles} tiles=${[
      {
        name: 'Traffic now',
        figure: formatRate(traffic.toTargetPerSecond + traffic.fromTargetPerSecond),
        note: `${formatRate(traffic.toTargetPerSecond)} to the endpoint`,
      },
      { name: 'Open connections', figure: formatCount(counters.open) },
      { name: 'Connections', figure: formatCount(counters.connections), note: 'since the manager started' },
      {
        name: 'Failures',
        figure: formatCount(counters.targetFailures + counters.tunnelFailures),
        note: `${formatCount(counters.targetFailures)} of the endpoint`,
      },
      { name: 'Listeners', figure: relay?.listeners === undefined ? '–' : formatCount(relay.listeners) },
    ]} />
    <${LastHour} connection=${connection} />
    <div class="columns"><${Properties} connection=${connection} /><${LastFailure} connection=${connection} /></div>`;
}

/** Anything but plainly connected is explained. */
function Standing({ connection }: { readonly connection: Connection }): VNode {
  const { state, replacement, clock } = connection;
  const now = useNow();
  if (state.name === 'online' && replacement === undefined && clock === undefined) return html``;
  const { tone } = wordsOf(state);
  return html`<div class="stack tight">
    ${
      state.name !== 'online' &&
      html`<${Notice} tone=${tone}>
        <p><strong>${wordsOf(state).text}</strong> <span class="muted small">since ${formatTime(state.since)}</span></p>
        ${reasonFor({ state }) !== undefined && html`<p>${asSentence(reasonFor({ state }) ?? '')}</p>`}
        ${state.rule !== undefined && html`<p>The rule: <code>${state.rule}</code></p>`}
        <${Advice} state=${state} now=${now} />
      </${Notice}>`
    }
    ${
      clock !== undefined &&
      html`<${Notice} tone="warn"><p><strong>${asSentence(clock.message)}</strong></p><p>${asSentence(clock.advice)}</p></${Notice}>`
    }
    ${
      replacement !== undefined &&
      html`<${Notice} tone="warn">
        <p><strong>The changed configuration is being tried: ${wordsOf(replacement).text.toLowerCase()}.</strong> Until the relay
          takes it, the former one holds.</p>
        ${replacement.because !== undefined && html`<p>${asSentence(replacement.because.message)}</p>`}
        <${Advice} state=${replacement} now=${now} />
      </${Notice}>`
    }
  </div>`;
}

function Advice({ state, now }: { readonly state: State; readonly now: number }): VNode {
  const soon = nextTry(state, now);
  return html`${state.because?.advice !== undefined && html`<p>${asSentence(state.because.advice)}</p>`}
    ${soon !== undefined && html`<p class="muted small">${`${soon[0]?.toUpperCase()}${soon.slice(1)}`}</p>`}`;
}

function Properties({ connection }: { readonly connection: Connection }): VNode {
  const { relay, target } = connection;
  const now = useNow();
  const time = (value: string | undefined) =>
    value === undefined ? html`<span class="muted">Not known</span>` : formatTime(value);
  return html`<${Panel} title="Properties">
    <${Facts} facts=${[
      ['Hybrid connection', connection.hybridConnection],
      ['Namespace', connection.namespace],
      ['Service endpoint', html`<code>${connection.serviceEndpoint}</code>`],
      [
        'Endpoint',
        target === undefined
          ? html`<span class="muted">Not known</span>`
          : html`<code>${target}</code> <span class="muted">${connection.isConfiguredEndpoint ? 'as configured here' : 'as the relay says'}</span>`,
      ],
      ['Created', time(relay?.createdAt)],
      ['Last updated', time(relay?.updatedAt)],
      [
        'Asked at the relay',
        relay === undefined ? html`<span class="muted">Not yet</span>` : formatAgo(relay.at, now),
      ],
      ['Status since', formatTime(connection.state.since)],
    ]} />
  </${Panel}>`;
}

function LastFailure({ connection: { targetFailure } }: { readonly connection: Connection }): VNode {
  const now = useNow();
  return html`<${Panel} title="Endpoint">
    ${
      targetFailure === undefined
        ? html`<p class="muted">It took the last connection, or none has been asked of it yet.</p>`
        : html`<${Notice} tone="bad">
          <p><strong>It took no connection</strong> <span class="muted small" title=${formatTime(targetFailure.at)}>${formatAgo(targetFailure.at, now)}</span></p>
          <${Words} trouble=${targetFailure} />
        </${Notice}>`
    }
  </${Panel}>`;
}

function Words({ trouble: { code, message, advice } }: { readonly trouble: Trouble }): VNode {
  return html`<p>${asSentence(message)} <span class="muted small">${code}</span></p>
    ${advice !== undefined && html`<p>${asSentence(advice)}</p>`}`;
}

function LastHour({ connection }: { readonly connection: Connection }): VNode {
  const { startedAt } = useStatus();
  const now = useNow(10_000);
  const hour = hourOf(connection.traffic.minutes, { startedAt, now });
  return html`<div class="columns">
    <${Panel} title="Traffic, the last hour">
      <${Chart} label="Traffic in each minute of the last hour" times=${hour.times} format=${formatBytes}
        series=${[
          { name: 'To the endpoint', values: hour.toTarget },
          { name: 'From the endpoint', values: hour.fromTarget },
        ]} />
    </${Panel}>
    <${Panel} title="Connections, the last hour">
      <${Chart} label="New connections in each minute of the last hour" times=${hour.times} format=${formatCount}
        series=${[{ name: 'New in a minute', values: hour.connections }]} />
    </${Panel}>
  </div>`;
}
