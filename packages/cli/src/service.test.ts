import { describe, expect, it, vi } from 'vitest';
import { Log } from './log.js';
import { type Service, serve } from './service.js';
import type { Surroundings } from './surroundings.js';

function serving(service: Partial<Service>) {
  const said: string[] = [];
  let interruptFirst!: (signal: NodeJS.Signals) => void;
  let interruptSecond!: (signal: NodeJS.Signals) => void;
  const interrupts = {
    first: new Promise<NodeJS.Signals>((resolve) => {
      interruptFirst = resolve;
    }),
    second: new Promise<NodeJS.Signals>((resolve) => {
      interruptSecond = resolve;
    }),
  };
  const surroundings: Surroundings = {
    stdout: { write: (text) => said.push(text) },
    stderr: { write: () => {} },
    env: {},
    interrupts: () => interrupts,
  };
  const log = new Log(surroundings.stderr, { level: 'silent', json: false });
  const stop = vi.fn(async () => {});
  const whole: Service = { start: async () => ({ port: 1 }), stop, ...service };
  const options = { graceMs: 7, watchdogMs: 0, logLevel: 'silent' } as const;
  const exitCode = serve('thing', whole, { surroundings, log, options });
  return {
    exitCode,
    said,
    stop,
    first: () => interruptFirst('SIGTERM'),
    second: () => interruptSecond('SIGINT'),
  };
}

const NEVER = new Promise<never>(() => {});

describe('a service', () => {
  it('says in one line that it is ready, and runs until a signal', async () => {
    const { exitCode, said, stop, first } = serving({});
    await expect.poll(() => said).toEqual(['thing ready {"port":1}\n']);
    expect(stop).not.toHaveBeenCalled();
    first();
    expect(await exitCode).toBe(0);
    expect(stop).toHaveBeenCalledWith(7);
  });

  it('cuts what is left at a second signal', async () => {
    const stop = vi.fn((graceMs: number) => (graceMs === 0 ? Promise.resolve() : NEVER));
    const { exitCode, first, second } = serving({ stop });
    first();
    second();
    expect(await exitCode).toBe(130);
    expect(stop.mock.calls).toEqual([[7], [0]]);
  });

  it('ends after a second signal although something hangs', async () => {
    const { exitCode, first, second } = serving({ stop: () => NEVER });
    first();
    second();
    expect(await exitCode).toBe(130);
  });

  it('can be stopped while it starts', async () => {
    const { exitCode, said, first } = serving({ start: () => NEVER });
    first();
    expect(await exitCode).toBe(0);
    expect(said).toEqual([]);
  });

  it('fails when it cannot start', async () => {
    const { exitCode } = serving({ start: () => Promise.reject(new Error('no port')) });
    await expect(exitCode).rejects.toThrow('no port');
  });
});
