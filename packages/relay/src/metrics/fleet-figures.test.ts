import { describe, expect, it } from 'vitest';
import { type EntityCounts, NO_COUNTS } from './counts.js';
import { FleetFigures } from './fleet-figures.js';
import type { Figures } from './meter.js';

const counts = (some: Partial<EntityCounts>): EntityCounts => {
  return { ...NO_COUNTS, namespace: 'contoso', hybridConnection: 'sql', ...some };
};
const figures = (some: Partial<EntityCounts>, refusals: Figures['refusals'] = []): Figures => {
  return { counts: [counts(some)], refusals, keyUse: [], health: {} as Figures['health'] };
};

describe('the figures of several processes', () => {
  it('add up', () => {
    const fleet = new FleetFigures(() => 0);
    fleet.take(1, figures({ connections: 1, senderSuccess: 5 }, [['connect X', 1]]));
    fleet.take(2, figures({ connections: 2, senderSuccess: 7 }, [['connect X', 2]]));
    expect([...fleet.counts().values()]).toEqual([counts({ connections: 3, senderSuccess: 12 })]);
    expect([...fleet.refusals()]).toEqual([['connect X', 3]]);
    expect([...fleet.health().keys()]).toEqual([1, 2]);
  });

  it('go on growing when one is replaced, which has nobody of the old one', () => {
    const fleet = new FleetFigures(() => 0);
    fleet.take(1, figures({ connections: 4, senderSuccess: 5 }, [['connect X', 1]]));
    fleet.lost(1);
    expect([...fleet.counts().values()]).toEqual([counts({ connections: 0, senderSuccess: 5 })]);
    fleet.take(1, figures({ connections: 1, senderSuccess: 1 }, [['connect X', 1]]));
    expect([...fleet.counts().values()]).toEqual([counts({ connections: 1, senderSuccess: 6 })]);
    expect([...fleet.refusals()]).toEqual([['connect X', 2]]);
  });

  it('keep what is not told again', () => {
    const fleet = new FleetFigures(() => 0);
    fleet.take(1, figures({ connections: 4 }));
    fleet.take(1, { ...figures({}), counts: [] });
    expect([...fleet.counts().values()]).toEqual([counts({ connections: 4 })]);
  });
});
