/**
 * The chart of a run: what every subject is to three plain pipes, in the figures that matter most.
 * @module
 */
import { type Figure, lookUp } from '../lookup.js';
import type { Group } from '../results.js';
import { barChart, type Panel } from './svg-bars.js';

const PANELS: readonly (Omit<Figure, 'of'> & { readonly title: string; readonly more: boolean })[] = [
  panel('One stream up', 'throughput', 'one stream up', 'rate', true),
  panel('One stream down', 'throughput', 'one stream down', 'rate', true),
  panel('Processor time per GB up, all hops', 'throughput', 'one stream up', 'cpu', false),
  panel('Round trip of 100 bytes', 'round-trip', '100 bytes', 'p50', false),
  panel('New connection', 'connections', 'one after the other', 'p50', false),
  panel('New connections per second', 'connections', '16 at a time', 'rate', true),
  panel('Round trip beside an upload', 'loaded', 'one upload', 'p50', false),
  { ...panel('HTTP GET per second', 'http', 'GET', 'rate', true), over: 'node-http' },
];

function panel(title: string, suite: string, name: string, measure: string, more: boolean) {
  return { title, suite, case: name, measure, more, over: 'net-pipe' };
}

/** The chart as SVG, of what was measured. @param ours - ids of the subjects that are Hybridge. */
export function chart(groups: readonly Group[], ours: readonly string[]): string {
  const names: Record<string, string> = Object.assign({}, ...groups.map((group) => group.names));
  const panels = PANELS.map(({ title, more, ...figure }): Panel => {
    const bars = Object.keys(names).flatMap((id) => {
      const ratio = id === figure.over ? undefined : lookUp(groups, { ...figure, of: id });
      return ratio === undefined ? [] : [{ label: names[id]!, value: ratio.median, ours: ours.includes(id) }];
    });
    return { title, note: `× ${names[figure.over ?? ''] ?? ''}; ${more ? 'more' : 'less'} is better`, bars };
  });
  return barChart(
    'Hybridge beside other ways through three hops',
    panels.filter(({ bars }) => bars.length > 0),
  );
}
