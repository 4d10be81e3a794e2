import { describe, expect, it } from 'vitest';
import { RedirectConfigError } from './config-error.js';
import { readPatiently } from './read-patiently.js';

/** A file that is whole at the given attempt. */
function file(wholeAt: number, error: Error = new RedirectConfigError('half a file')) {
  let reads = 0;
  const read = async () => {
    reads += 1;
    if (reads < wholeAt) throw error;
    return 'whole';
  };
  return { read: () => readPatiently(read, async () => undefined), reads: () => reads };
}

describe('a configuration that is being written', () => {
  it('is read again until it is whole', async () => {
    expect(await file(3).read()).toBe('whole');
  });

  it('is given up when it does not become so, with what is wrong', async () => {
    const never = file(Number.POSITIVE_INFINITY);
    await expect(never.read()).rejects.toThrow('half a file');
    expect(never.reads()).toBe(10);
  });

  it('is not read again for anything else', async () => {
    const failing = file(2, new Error('a fault'));
    await expect(failing.read()).rejects.toThrow('a fault');
    expect(failing.reads()).toBe(1);
  });
});
