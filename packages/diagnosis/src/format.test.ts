import { describe, expect, it } from 'vitest';
import { formatSteps, outcomeOf } from './format.js';
import { type Step, stepOf } from './step.js';

const steps: Step[] = [
  stepOf('dns', 12.34, { outcome: 'ok', message: 'relay.example.net: 192.0.2.7' }),
  stepOf('tcp', 5_000.4, { outcome: 'failed', message: 'no\nanswer\u001b[2J', advice: 'Let TCP pass' }),
  stepOf('tls', 0, { outcome: 'skipped', message: 'not reached, since tcp failed' }),
];

describe('steps as text', () => {
  it('are a line each, with a mark, a time and what to do', () => {
    expect(formatSteps(steps)).toBe(
      [
        'ok   dns                 12.3 ms  relay.example.net: 192.0.2.7',
        'FAIL tcp                 5000 ms  no answer [2J',
        '     -> Let TCP pass',
        '-    tls                          not reached, since tcp failed',
      ].join('\n'),
    );
  });

  it('say the same in colour', () => {
    const coloured = formatSteps(steps, { colour: true });
    expect(coloured).toContain('\u001b[31mFAIL\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(formatSteps(steps));
  });
});

describe('what steps come to', () => {
  it.each([
    [['ok', 'skipped'], 'ok'],
    [['ok', 'warning'], 'warning'],
    [['failed', 'warning', 'skipped'], 'failed'],
    [[], 'ok'],
  ] as const)('%j is %s', (outcomes, all) => {
    expect(outcomeOf(outcomes.map((outcome) => ({ outcome })))).toBe(all);
  });
});
