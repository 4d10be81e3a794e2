import dns from 'node:dns';
import { describe, expect, it, vi } from 'vitest';
import { lookupElsewhere } from './elsewhere.js';

const VIRTUAL = '127.77.1.2';
const isVirtual = (address: string) => address === VIRTUAL;

function asked(lookup: ReturnType<typeof lookupElsewhere>): Promise<unknown[]> {
  return new Promise((resolve) => lookup('sql01', {}, (...answer) => resolve(answer)));
}

describe('a lookup for a port that has no route', () => {
  const system = vi.fn((_host: string, _options: object, answer: (...args: unknown[]) => void) =>
    answer(null, '192.0.2.1', 4),
  );
  const elsewhere = { lookup: system, isVirtual, ports: [1433] };

  it('is the system’s', async () => {
    expect(await asked(lookupElsewhere(undefined, elsewhere))).toEqual([null, '192.0.2.1', 4]);
  });

  it('is the application’s own, where it has one', async () => {
    const own = lookupElsewhere((_host, _options, answer) => answer(null, '192.0.2.9', 4), elsewhere);
    expect(await asked(own)).toEqual([null, '192.0.2.9', 4]);
    const all = lookupElsewhere(
      (_host, _options, answer) => answer(null, [{ address: '192.0.2.9', family: 4 }]),
      elsewhere,
    );
    expect((await asked(all))[1]).toEqual([{ address: '192.0.2.9', family: 4 }]);
  });

  it('is the system’s all the same when that answers a virtual address', async () => {
    const own = lookupElsewhere((_host, _options, answer) => answer(null, VIRTUAL, 4), elsewhere);
    expect(await asked(own)).toEqual([null, '192.0.2.1', 4]);
  });

  it('fails with a word on the ports that have one', async () => {
    const failing = (_host: string, _options: object, answer: (error: Error) => void) =>
      answer(Object.assign(new Error('getaddrinfo ENOTFOUND sql01'), { code: dns.NOTFOUND }));
    const [error] = await asked(
      lookupElsewhere(undefined, { ...elsewhere, lookup: failing, ports: [80, 1433] }),
    );
    expect(error).toMatchObject({
      code: 'ENOTFOUND',
      message: 'getaddrinfo ENOTFOUND sql01 (its hybrid connections are for ports 80, 1433)',
    });
  });
});
