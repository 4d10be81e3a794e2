import { describe, expect, it } from 'vitest';
import type { Group } from './results.js';
import { subjects } from './subjects/index.js';
import { suites } from './suites/index.js';
import { figuresOfTargets, judge } from './targets.js';

/** Round trips of 100 bytes: so many microseconds for us, 100 for three pipes. */
function roundTrips(ours: number): Group[] {
  const samples = { 'net-pipe': [{ p50: 100 }], hybridge: [{ p50: ours }] };
  return [
    {
      suite: 'round-trip',
      title: 'Round trip',
      measures: [{ key: 'p50', title: 'p50', unit: 'µs', better: 'less' }],
      names: {},
      cases: [{ name: '100 bytes', samples }],
    },
  ];
}

/** One stream, up alone, over three pipes. */
function upload(ours: number): Group[] {
  const samples = { 'net-pipe': [{ rate: 100 }], hybridge: [{ rate: ours }] };
  return [
    {
      suite: 'throughput',
      title: 'Throughput',
      measures: [{ key: 'rate', title: 'bytes', unit: 'MB/s', better: 'more' }],
      names: {},
      cases: [{ name: 'one stream up', samples }],
    },
  ];
}

function verdict(groups: Group[], start: string, nodeMajor = 20) {
  return judge(groups, nodeMajor).find(({ what }) => what.startsWith(start));
}

describe('a target', () => {
  it.each([
    [90, true],
    [91, false],
  ])('of at most 0.9 over 100 is met by %d: %s', (ours, met) => {
    expect(verdict(roundTrips(ours), 'round trip of 100')).toMatchObject({
      wanted: '≤ 0.9',
      met,
      known: true,
    });
  });

  it('says what was not measured, and is then neither met nor missed', () => {
    expect(verdict(upload(160), 'one stream, plain')).toEqual({
      what: 'one stream, plain, over 3 × `net` pipe',
      wanted: '≥ 1.5',
      measured: 'up 1.60, down not measured',
      met: undefined,
      known: true,
    });
  });

  it('asks more of TLS where Node is newer', () => {
    const tls = 'one stream, TLS on both legs';
    expect(verdict([], tls, 20)).toMatchObject({ wanted: '≥ 0.85', known: false });
    expect(verdict([], tls, 24)).toMatchObject({ wanted: '≥ 1' });
  });
});

describe('the targets', () => {
  const settings = { rounds: 1, bytes: 1, quick: false, connections: 1 };
  const plans = suites.flatMap(({ name, groups }) =>
    groups(subjects, settings).map((plan) => ({ name, plan })),
  );

  it.each(figuresOfTargets(20))(
    'are about figures that a run has: $suite, $case, $measure of $of',
    (figure) => {
      const matching = plans.filter(
        ({ name, plan }) =>
          name === figure.suite &&
          plan.measures.some(({ key }) => key === figure.measure) &&
          plan.cases.some((one) => one.name === figure.case) &&
          [figure.of, figure.over ?? figure.of].every((id) =>
            plan.subjects.some((subject) => subject.id === id),
          ),
      );
      expect(matching).toHaveLength(1);
    },
  );
});
