/** The machine that a run was made on. @module */
import { cpus, platform, release, totalmem } from 'node:os';

/** What figures depend on. */
export interface Machine {
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  readonly memoryGib: number;
}

/** This one. */
export function thisMachine(): Machine {
  return {
    node: process.version,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    kernel: `${platform()} ${release().split('-')[0]}`,
    memoryGib: Math.round(totalmem() / 2 ** 30),
  };
}
