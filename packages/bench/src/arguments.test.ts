import { describe, expect, it } from 'vitest';
import { readArguments } from './arguments.js';

describe('the command line of the bench', () => {
  it('asks for everything when it is empty', () => {
    expect(readArguments([])).toMatchObject({
      suites: [],
      only: [],
      from: [],
      settings: { rounds: 5, bytes: 256_000_000, quick: false, connections: 10_000 },
      ...{ json: false, list: false, help: false, write: undefined, svg: undefined },
    });
  });

  it('names suites, subjects and rounds', () => {
    const asked = readArguments(['http', 'memory', '--only', 'hybridge,nginx', '--rounds', '11']);
    expect(asked).toMatchObject({
      suites: ['http', 'memory'],
      only: ['hybridge', 'nginx'],
      settings: { rounds: 11 },
    });
  });

  it('does less of everything when it is to be quick, unless it says how much', () => {
    expect(readArguments(['--quick']).settings).toEqual({
      rounds: 3,
      bytes: 128_000_000,
      quick: true,
      connections: 2_000,
    });
    expect(
      readArguments(['--quick', '--rounds', '9', '--megabytes', '1', '--connections', '40']).settings,
    ).toEqual({
      rounds: 9,
      bytes: 1_000_000,
      quick: true,
      connections: 40,
    });
  });

  it('takes several files with commas, and no suites beside them', () => {
    expect(readArguments(['--from', 'a.json,b.json']).from).toEqual(['a.json', 'b.json']);
    expect(() => readArguments(['--from', 'a.json', 'b.json'])).toThrow(/b\.json is too much: commas/);
  });

  it.each([
    ['--rounds', '0'],
    ['--rounds', 'many'],
    ['--megabytes', '1.5'],
    ['--speed', '9'],
  ])('is refused with %s %s', (...args) => {
    expect(() => readArguments(args)).toThrow(/--rounds|--megabytes|--speed/);
  });
});
