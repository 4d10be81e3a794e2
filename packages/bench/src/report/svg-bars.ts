/**
 * Horizontal bars as SVG: panels in two columns, each with a line at 1. Readable in light and dark, with fonts that every
 * machine has. It knows nothing of what is measured.
 * @module
 */

/** One bar. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Drawn in the colour that stands for us. */
  readonly ours: boolean;
}

/** Bars that belong together. */
export interface Panel {
  readonly title: string;
  /** Which way is better. */
  readonly note: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 960;
const MARGIN = 16;
const COLUMN = (WIDTH - 3 * MARGIN) / 2;
const LABEL = 148;
const BAR_AREA = COLUMN - LABEL - 46;
const ROW = 20;
const HEAD = 40;
/** Longer bars are cut off; their figure still says how long they are. */
const MOST = 4;

/** A whole drawing. @param title - for those who cannot see it. */
export function barChart(title: string, panels: readonly Panel[]): string {
  const bottoms = [MARGIN, MARGIN];
  const drawn = panels.map((panel) => {
    const column = bottoms[0]! <= bottoms[1]! ? 0 : 1;
    const y = bottoms[column]!;
    bottoms[column] = y + HEAD + panel.bars.length * ROW + MARGIN;
    return drawPanel(panel, MARGIN + column * (COLUMN + MARGIN), y);
  });
  const height = Math.max(...bottoms);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
  svg { background: #ffffff; }
  text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 13px; }
  .note { fill: #59636e; font-size: 11px; }
  .value { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
  .bar { fill: #a8b3bf; }
  .ours { fill: #0969da; }
  .one { stroke: #59636e; stroke-dasharray: 3 3; }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117; }
    text { fill: #e6edf3; }
    .note { fill: #9198a1; }
    .value { stroke: #0d1117; }
    .bar { fill: #515c67; }
    .ours { fill: #4493f8; }
    .one { stroke: #9198a1; }
  }
</style>
${drawn.join('\n')}
</svg>
`;
}

function drawPanel({ title, note, bars }: Panel, x: number, y: number): string {
  const most = Math.min(MOST, Math.max(1.2, ...bars.map(({ value }) => value)));
  const length = (value: number) => (Math.min(value, most) / most) * BAR_AREA;
  const left = x + LABEL;
  const lines = bars.map(({ label, value, ours }, i) => {
    const top = y + HEAD + i * ROW;
    const width = round(length(value));
    const cut = value > most ? ' ≫' : '';
    return [
      `<text x="${left - 8}" y="${top + 13}" text-anchor="end">${escaped(label)}</text>`,
      `<rect class="${ours ? 'ours' : 'bar'}" x="${left}" y="${top + 2}" width="${width}" height="${ROW - 6}" rx="2"/>`,
      `<text class="value" x="${round(left + width + 6)}" y="${top + 13}">${value.toFixed(2)}${cut}</text>`,
    ].join('');
  });
  const one = round(left + length(1));
  return [
    `<text class="title" x="${x}" y="${y + 14}">${escaped(title)}</text>`,
    `<text class="note" x="${x}" y="${y + 30}">${escaped(note)}</text>`,
    `<line class="one" x1="${one}" x2="${one}" y1="${y + HEAD - 2}" y2="${y + HEAD + bars.length * ROW}"/>`,
    ...lines,
  ].join('\n');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
