import { describe, expect, it } from 'vitest';
import { barChart, type Panel } from './svg-bars.js';

const panel: Panel = {
  title: 'Bytes',
  note: '× pipe; more is better',
  bars: [
    { label: 'ours <plain>', value: 1.5, ours: true },
    { label: 'theirs', value: 0.75, ours: false },
    { label: 'theirs, slow', value: 21.4, ours: false },
  ],
};

/** Widths of the bars, in their order. */
function widths(svg: string): number[] {
  return [...svg.matchAll(/<rect [^>]*width="([\d.]+)"/g)].map(([, width]) => Number(width));
}

describe('a bar chart', () => {
  const svg = barChart('Ratios & more', [panel]);

  it('has bars as long as their values', () => {
    const [ours, theirs] = widths(svg);
    expect(ours! / theirs!).toBeCloseTo(2, 1);
  });

  it('cuts off a bar that would make all others short, and says so', () => {
    expect(widths(svg)[2]).toBeCloseTo((widths(svg)[0]! * 4) / 1.5, 0);
    expect(svg).toContain('21.40 ≫');
  });

  it('tells ours from others by colour', () => {
    expect([...svg.matchAll(/<rect class="(\w+)"/g)].map(([, name]) => name)).toEqual(['ours', 'bar', 'bar']);
  });

  it('takes no text for markup', () => {
    expect(svg).toContain('ours &lt;plain&gt;');
    expect(svg).toContain('<title>Ratios &amp; more</title>');
  });

  it('needs nothing from elsewhere', () => {
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|url\(|@import/);
  });

  it('is readable in light and dark', () => {
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('is as high as its longer column', () => {
    const height = (panels: Panel[]) => Number(/ height="(\d+)"/.exec(barChart('', panels))?.[1]);
    expect(height([panel, panel])).toBe(height([panel]));
    expect(height([panel, panel, panel])).toBeGreaterThan(height([panel, panel]));
  });
});
