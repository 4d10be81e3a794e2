import { describe, expect, it } from 'vitest';
import { requestIdSuffix, workerOf } from './seat.js';

describe('the id of a request', () => {
  it.each([1, 12, 256])('leads back to worker %i, which has it', (worker) => {
    expect(workerOf(`5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa_G3${requestIdSuffix(worker)}`)).toBe(worker);
  });

  it.each(['', '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa', 'x_W', 'x_W1_G3', 'x_W1234567'])(
    'leads nowhere when it is %j',
    (id) => {
      expect(workerOf(id)).toBeUndefined();
    },
  );
});
