/**
 * A sender's diagnosis, as far as it goes without a relay; the rest is a conformance test.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { type DiagnosisStep, diagnose } from './diagnose.js';

async function walk(...args: Parameters<typeof diagnose>): Promise<DiagnosisStep[]> {
  const steps: DiagnosisStep[] = [];
  for await (const step of diagnose(...args)) steps.push(step);
  return steps;
}

const NOWHERE = 'Endpoint=ws://127.0.0.1:1/;SharedAccessKeyName=send;SharedAccessKey=c2VjcmV0;EntityPath=sql';

describe('a diagnosis', () => {
  it('takes what connect() takes, a connection string or options', async () => {
    for (const given of [NOWHERE, { connectionString: NOWHERE, proxy: false as const }]) {
      const steps = await walk(given);
      expect(steps.find(({ outcome }) => outcome === 'failed')).toMatchObject({
        name: 'tcp',
        detail: { code: 'ECONNREFUSED' },
      });
      expect(JSON.stringify(steps)).not.toContain('c2VjcmV0');
    }
  });

  it('goes on to the target and measures the way, unless told otherwise', async () => {
    expect((await walk(NOWHERE)).slice(-2).map(({ name }) => name)).toEqual(['probe', 'round-trip']);
    expect((await walk({ connectionString: NOWHERE, rounds: 0 })).at(-1)?.name).toBe('probe');
  });

  it('says so in a step when nothing was given', async () => {
    const [first] = await walk(undefined as unknown as string);
    expect(first).toMatchObject({ name: 'connection-string', outcome: 'failed' });
  });

  it('throws the reason of its signal', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(walk({ connectionString: NOWHERE, signal })).rejects.toThrow('enough');
  });
});
