/**
 * Charts of a hybrid connection, a namespace or the whole relay.
 * @module
 */
import {
  Chart,
  Choice,
  formatCount,
  formatRate,
  html,
  Panel,
  type Series,
  Show,
  useLoaded,
  useState,
  type VNode,
} from '@hybridge/ui';
import type { Place } from '../api/relay-api.js';
import type { SeriesAnswer } from '../api/types.js';
import { useSession } from '../session/portal-session.js';

const RANGES = [
  { value: 10, text: '10 min' },
  { value: 60, text: '1 h' },
  { value: 1_440, text: '24 h' },
];

type Values = readonly (number | null)[];

/** The charts. @param only - how many of them, from the first */
export function Monitor({ place, only = 4 }: { readonly place: Place; readonly only?: number }): VNode {
  const { api } = useSession();
  const [minutes, setMinutes] = useState(60);
  const { namespace, hybridConnection } = place;
  const loaded = useLoaded(
    (signal) => api.series(place, minutes, signal),
    [namespace, hybridConnection, minutes],
    minutes === 10 ? 5_000 : 30_000,
  );
  const choice = html`<${Choice} label="Time shown" value=${minutes} options=${RANGES} onChange=${setMinutes} />`;
  return html`<div class="stack">
    <div class="row apart"><h2>Monitor</h2>${choice}</div>
    <${Show} loaded=${loaded}>${(answer: SeriesAnswer) => html`<div class="columns">
      ${chartsOf(answer)
        .slice(0, only)
        .map(
          ({ title, series, format }) => html`<${Panel} key=${title} title=${title}>
            <${Chart} label=${`${title}, the last ${RANGES.find(({ value }) => value === minutes)?.text}`}
              times=${timesOf(answer)} series=${series} format=${format} />
          </${Panel}>`,
        )}
    </div>`}</${Show}>
  </div>`;
}

function chartsOf(
  answer: SeriesAnswer,
): { title: string; series: Series[]; format: (value: number) => string }[] {
  const of = (name: string): Values =>
    answer.metrics[name] ?? Array.from({ length: answer.points }, () => null);
  const seconds = answer.stepMs / 1_000;
  const bytes = of('BytesTransferred').map((value) => (value === null ? null : value / seconds));
  return [
    {
      title: 'Connections',
      format: formatCount,
      series: [{ name: 'Open', values: of('ActiveConnections') }],
    },
    { title: 'Traffic', format: formatRate, series: [{ name: 'Both directions', values: bytes }] },
    { title: 'Listeners', format: formatCount, series: [{ name: 'Online', values: of('ActiveListeners') }] },
    {
      title: 'Errors',
      format: formatCount,
      series: [
        {
          name: 'Listeners refused',
          values: sum(of('ListenerConnections-ClientError'), of('ListenerConnections-ServerError')),
        },
        {
          name: 'Senders refused',
          values: sum(of('SenderConnections-ClientError'), of('SenderConnections-ServerError')),
        },
      ],
    },
  ];
}

function timesOf({ from, stepMs, points }: SeriesAnswer): number[] {
  const first = Date.parse(from);
  return Array.from({ length: points }, (_, index) => (first + index * stepMs) / 1_000);
}

function sum(a: Values, b: Values): Values {
  return a.map((value, index) => {
    const other = b[index] ?? null;
    return value === null && other === null ? null : (value ?? 0) + (other ?? 0);
  });
}
