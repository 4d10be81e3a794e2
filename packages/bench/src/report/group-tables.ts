/**
 * A group's figures as tables, one for each measure: subjects down and cases across, or the other way round when there
 * are more cases than subjects. A cell is the median, then the ratio to the yardstick and its range.
 * @module
 */
import type { Case, Group, Measure, Sample } from '../results.js';
import { median, ratios, spread } from '../statistics.js';
import { figure, markdownTable } from './table.js';

/** The tables of a group, each under a line that says what it shows, and what else there is to know. */
export function groupTables(group: Group): string {
  return [...group.measures.map((measure) => tableOf(group, measure)), ...(group.notes ?? [])].join('\n\n');
}

function tableOf(group: Group, measure: Measure): string {
  const ids = Object.keys(group.names).filter((id) => group.cases.some(({ samples }) => id in samples));
  const nameOf = (id: string) => group.names[id] ?? id;
  const cases = group.cases.filter(({ samples }) => Object.keys(samples).length > 0);
  const cell = (id: string, one: Case) => cellOf(group, measure, id, one);
  const rows =
    cases.length > ids.length
      ? [['', ...ids.map(nameOf)], ...cases.map((one) => [one.name, ...ids.map((id) => cell(id, one))])]
      : [
          ['', ...cases.map(({ name }) => name)],
          ...ids.map((id) => [nameOf(id), ...cases.map((one) => cell(id, one))]),
        ];
  return `**${caption(group, measure)}**\n\n${markdownTable(rows)}`;
}

function caption({ title, names, yardstick }: Group, measure: Measure): string {
  const parts = measure.parts === undefined ? '' : ' (first + middle + last)';
  const ratio = yardstick === undefined ? '' : `; × ${names[yardstick]}, range`;
  return `${title}: ${measure.title}, ${measure.unit}${parts}${ratio}; ${measure.better} is better`;
}

function cellOf({ yardstick }: Group, measure: Measure, id: string, { samples }: Case): string {
  const own = samples[id];
  if (own === undefined || own.length === 0) return '–';
  const value = figure(median(valuesOf(own, measure.key)));
  const parts = measure.parts?.map((part) => figure(median(valuesOf(own, part)))).join(' + ');
  const shown = parts === undefined ? value : `${value} (${parts})`;
  const other = yardstick === undefined || yardstick === id ? undefined : samples[yardstick];
  if (other === undefined) return shown;
  const ratio = spread(ratios(valuesOf(own, measure.key), valuesOf(other, measure.key)));
  return `${shown} · ×${ratio.median.toFixed(2)}, ${ratio.lowest.toFixed(2)}–${ratio.highest.toFixed(2)}`;
}

function valuesOf(samples: readonly Sample[], key: string): number[] {
  return samples.map((sample) => sample[key] ?? Number.NaN);
}
