/**
 * What we want, as ratios to others in the same run, and what of it a run has met. docs/benchmarks.md shows it.
 * @module
 */
import { type Figure, lookUp } from './lookup.js';
import type { Group } from './results.js';

/** One figure, and its limit. */
interface Goal extends Figure {
  /** What tells it from the others of its target: a direction, say. */
  readonly label: string;
  readonly limit: 'at least' | 'at most';
  readonly value: number;
}

/** One row of the table. */
interface Target {
  readonly what: string;
  readonly unit?: string;
  readonly goals: readonly Goal[];
}

/** What became of a target. */
export interface Verdict {
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  /** `undefined` when some of it was not measured. */
  readonly met: boolean | undefined;
  /** Whether at least some of it was measured. */
  readonly known: boolean;
}

const PIPES = 'net-pipe';

/** All targets, with what this version of Node is expected to do. */
function targetsFor(nodeMajor: number): readonly Target[] {
  const haproxyTls = nodeMajor >= 24 ? 1.0 : 0.85;
  return [
    {
      what: 'one stream, plain, over 3 × `net` pipe',
      goals: bothWays({ of: 'hybridge', over: PIPES, value: 1.5 }),
    },
    { what: 'the same over 3 × nginx stream', goals: bothWays({ of: 'hybridge', over: 'nginx', value: 1 }) },
    {
      what: 'round trip of 100 bytes, p50, over 3 × `net` pipe',
      goals: [{ ...roundTrip('hybridge'), label: 'plain', limit: 'at most', value: 0.9 }],
    },
    {
      what: 'one stream, TLS on both legs, over 3 × haproxy with TLS',
      goals: bothWays({ of: 'hybridge-tls', over: 'haproxy-tls', value: haproxyTls }),
    },
    {
      what: "the same over OpenSSH's default cipher",
      goals: bothWays({ of: 'hybridge-tls', over: 'openssh', value: 1.4 }),
    },
    {
      what: 'a new connection, plain, p50, over 3 × `net` pipe',
      goals: [
        { ...newConnection('hybridge'), label: 'as it comes', limit: 'at most', value: 1.5 },
        { ...pausedConnection('hybridge-preconnect'), label: 'dialled ahead', limit: 'at most', value: 1.2 },
      ],
    },
    {
      what: 'a new connection over TLS, p50, over 3 × `net` pipe',
      goals: [
        { ...newConnection('hybridge-tls'), label: 'as it comes', limit: 'at most', value: 5.5 },
        {
          ...pausedConnection('hybridge-tls-preconnect'),
          label: 'dialled ahead',
          limit: 'at most',
          value: 3,
        },
      ],
    },
    {
      what: 'new connections/s that share one rendezvous, over 3 × `net` pipe',
      goals: [
        { ...connectionRate('hybridge-multiplex'), label: 'plain', limit: 'at least', value: 1.7 },
        { ...connectionRate('hybridge-tls-multiplex'), label: 'TLS', limit: 'at least', value: 1.7 },
      ],
    },
    {
      what: 'round trip beside an upload, p50, and that upload, over 3 × `net` pipe',
      goals: [
        { ...loaded('p50'), label: 'round trip', limit: 'at most', value: 0.5 },
        { ...loaded('rate'), label: 'upload', limit: 'at least', value: 1.2 },
      ],
    },
    {
      what: 'HTTP requests/s, over a `node:http` reverse proxy',
      goals: [
        { ...requests('GET'), label: 'GET', limit: 'at least', value: 2 },
        { ...requests('POST of 200 bytes'), label: 'POST', limit: 'at least', value: 2 },
      ],
    },
    {
      what: 'relay memory of an idle joined pair',
      unit: ' KiB',
      goals: [{ ...memory('3000 idle', 'middle'), label: 'relay', limit: 'at most', value: 16 }],
    },
    {
      what: 'memory of an idle connection, all processes',
      unit: ' KiB',
      goals: [{ ...memory('3000 idle', 'all'), label: 'all', limit: 'at most', value: 60 }],
    },
    {
      what: 'relay memory of a connection whose reader has paused while 512 MiB wait',
      unit: ' MiB',
      goals: [{ ...memory('512 MiB wait for each', 'middle'), label: 'relay', limit: 'at most', value: 1 }],
    },
  ];
}

function bothWays({ of, over, value }: { of: string; over: string; value: number }): Goal[] {
  return (['up', 'down'] as const).map((label) => ({
    ...{ suite: 'throughput', case: `one stream ${label}`, measure: 'rate', of, over },
    ...{ label, limit: 'at least', value },
  }));
}

function roundTrip(of: string): Figure {
  return { suite: 'round-trip', case: '100 bytes', measure: 'p50', of, over: PIPES };
}

function newConnection(of: string): Figure {
  return { suite: 'connections', case: 'one after the other', measure: 'p50', of, over: PIPES };
}

/** What was dialled ahead can only be there when there was time for it. */
function pausedConnection(of: string): Figure {
  return { ...newConnection(of), case: 'with pauses of 20 ms' };
}

function connectionRate(of: string): Figure {
  return { suite: 'connections', case: '16 at a time', measure: 'rate', of, over: PIPES };
}

function loaded(measure: string): Figure {
  return { suite: 'loaded', case: 'one upload', measure, of: 'hybridge', over: PIPES };
}

function requests(name: string): Figure {
  return { suite: 'http', case: name, measure: 'rate', of: 'hybridge-http', over: 'node-http' };
}

function memory(name: string, measure: string): Figure {
  return { suite: 'memory', case: name, measure, of: 'hybridge' };
}

/** Every figure that a target is about. */
export function figuresOfTargets(nodeMajor: number): readonly Figure[] {
  return targetsFor(nodeMajor).flatMap(({ goals }) => goals);
}

/** What a run says about each target. @param nodeMajor - the version of Node that ran it; more is wanted of newer ones. */
export function judge(groups: readonly Group[], nodeMajor: number): Verdict[] {
  return targetsFor(nodeMajor).map(({ what, unit = '', goals }) => {
    const found = goals.map((goal) => ({ ...goal, median: lookUp(groups, goal)?.median }));
    // Goals that differ are told apart by their labels; a limit that all share is said once.
    const shared = new Set(goals.map(({ limit, value }) => `${limit} ${value}`)).size === 1;
    const named = (label: string) => (goals.length === 1 ? '' : `${label} `);
    const bound = ({ limit, value }: Goal) => `${limit === 'at least' ? '≥' : '≤'} ${value}${unit}`;
    return {
      what,
      wanted: shared
        ? bound(goals[0]!)
        : goals.map((goal) => `${named(goal.label)}${bound(goal)}`).join(', '),
      measured: found
        .map(
          ({ label, median }) =>
            `${named(label)}${median === undefined ? 'not measured' : shown(median) + unit}`,
        )
        .join(', '),
      known: found.some(({ median }) => median !== undefined),
      met: found.some(({ median }) => median === undefined)
        ? undefined
        : found.every(({ median, limit, value }) =>
            limit === 'at least' ? median! >= value : median! <= value,
          ),
    };
  });
}

function shown(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
