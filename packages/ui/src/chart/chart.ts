/**
 * A chart of one or more series over time.
 *
 * uPlot draws it on a canvas, which says nothing to a screen reader: the legend below says the latest and the highest
 * value of each series in words.
 * @module
 */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { html } from '../html.js';

/** One line. `null` where nothing is known. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

/** What a chart is told. */
export interface ChartProps {
  /** What it shows, for screen readers. */
  readonly label: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  /** At most four. */
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

const HEIGHT = 168;

/** The chart. */
export function Chart({ label, times, series, format }: ChartProps): VNode {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const theme = useThemeCount();
  const names = series.map(({ name }) => name).join();
  const data = [times, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;

  // New data is set below; only names and colours need another plot
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = new uPlot(optionsFor(element, series, format), data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [names, theme]);

  useEffect(() => plot.current?.setData(data));

  return html`<div class="stack tight">
    <div class="chart-box" ref=${box} role="img" aria-label=${label}></div>
    <ul class="chart-legend">
      ${series.map(({ name, values }, index) => {
        const known = values.filter((value) => value !== null);
        const latest = known.at(-1);
        return html`<li key=${name}>
          <svg viewBox="0 0 14 8" aria-hidden="true"><path class=${`series-${index + 1}`} d="M1 4h12" /></svg>
          ${name} <strong>${latest === undefined ? '–' : format(latest)}</strong>
          ${known.length > 0 && html`<span>max ${format(Math.max(...known))}</span>`}
        </li>`;
      })}
    </ul>
  </div>`;
}

/** Counts how often the colours have changed, by the system or by choice. */
function useThemeCount(): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    const next = () => setCount((last) => last + 1);
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', next);
    addEventListener('hybridge-theme', next);
    return () => {
      system.removeEventListener('change', next);
      removeEventListener('hybridge-theme', next);
    };
  }, []);
  return count;
}

function optionsFor(
  element: HTMLElement,
  series: readonly Series[],
  format: (value: number) => string,
): uPlot.Options {
  const color = (name: string) => resolveColor(element, name);
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: color('--text-muted'),
    font,
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    // Room for half of a time at the right end.
    padding: [6, 24, 0, 0],
    scales: { y: { range: (_plot, _min, max) => [0, Math.max(max || 0, 1) * 1.1] } },
    axes: [
      { ...axis, grid: { show: false }, values: CLOCK, space: 64, size: 26, gap: 6 },
      {
        ...axis,
        size: 64,
        space: 36,
        values: (_plot, values) => values.map((value) => format(value)),
        incrs: STEPS,
      },
    ],
    series: [
      {},
      ...series.map(({ name }, index) => ({
        label: name,
        stroke: color(`--series-${index + 1}`),
        width: 1.5,
        points: { show: false },
        ...(series.length === 1 ? { fill: withAlpha(color('--series-1')) } : {}),
      })),
    ],
  };
}

/** Hours and minutes, in the reader's zone, with seconds where the steps are that small. */
const CLOCK: uPlot.Axis.Values = (_plot, times, _axis, _space, step) =>
  times.map((time) => {
    const text = new Date(time * 1_000).toTimeString();
    return text.slice(0, step < 60 ? 8 : 5);
  });

/** Whole numbers only: most of what is drawn is counted. */
const STEPS = Array.from({ length: 15 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

/** A canvas knows no custom properties. */
function resolveColor(element: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function withAlpha(color: string): string {
  return color.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.1)');
}
