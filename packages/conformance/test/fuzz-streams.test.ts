/**
 * Two ends that write, pause, end and break off at random, with a relay between them.
 * @properties 4
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../src/deadline.js';
import { script } from '../src/fuzz/action.js';
import { faults } from '../src/fuzz/judge.js';
import { Crossing, leniencyOf, ways } from '../src/fuzz/ways.js';

describe.each(ways)('a connection $name', (way) => {
  let crossing: Crossing;
  beforeAll(async () => {
    crossing = await Crossing.open();
  });
  afterAll(() => crossing.close());

  it('loses nothing, invents nothing, and never passes a cut for an end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(6), script, async (early, actions) => {
        const own = actions.findIndex(
          ({ side, do: what }, i) => i >= early || side === 'right' || what === 'cut',
        );
        const first = own === -1 ? actions : actions.slice(0, own);
        const { left, right } = await crossing.connect(way, async (end) => {
          for (const action of first) await end.act(action);
        });
        for (const action of actions.slice(first.length)) {
          await (action.side === 'left' ? left : right).act(action);
        }
        await Promise.all([left.settle(), right.settle()]);
        expect(faults(left, right, leniencyOf(way))).toEqual([]);
      }),
    );
    await until(() => crossing.tunnels === 0, 10_000, 'the relay to let go of all tunnels');
  });
});
