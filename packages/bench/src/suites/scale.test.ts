import { describe, expect, it } from 'vitest';
import { costsOfCrowd } from './scale.js';

const MIB = 1_048_576;
const part = (isWorker: boolean, listeners: number, connections: number) => ({
  pid: 1,
  isWorker,
  listeners,
  connections,
});

describe('the costs of a crowd', () => {
  it('are those of a worker for what it holds, and of all processes for all', () => {
    const costs = [
      { part: part(false, 0, 0), bytes: 10 * MIB, share: 0.01 },
      { part: part(true, 1_500, 0), bytes: 15 * MIB, share: 0.03 },
      { part: part(true, 2_500, 0), bytes: 25 * MIB, share: 0.05 },
    ];
    const sample = costsOfCrowd(costs, 'control channels', 4_000);
    expect(sample).toMatchObject({ 'memory-worker': 10, memory: 12.5, held: 4_000 });
    expect(sample['cpu-worker']).toBeCloseTo(2);
    expect(sample.cpu).toBeCloseTo(2.25);
  });

  it('do not count for less than was opened', () => {
    const costs = [{ part: part(true, 4, 3_999), bytes: MIB, share: 0 }];
    expect(() => costsOfCrowd(costs, 'tunnels', 4_000)).toThrow('3999 tunnels of 4000');
  });
});
