/** A relay and listeners for one test, with everything closed after it. */
import { once } from 'node:events';
import { generateKey } from '@hybridge/sas';
import { afterEach, beforeEach } from 'vitest';
import { HybridConnectionListener, type ListenerOptions } from '../src/index.js';
import { FakeRelay } from './fake-relay.js';

export interface Setting {
  relay: FakeRelay;
  /** What listeners warned of. */
  warnings: Error[];
  /** A listener for the relay's hybrid connection `sql`. */
  listener(options?: ListenerOptions): HybridConnectionListener;
}

/** To be called in a `describe`, or at the top of a file. */
export function useSetting(): Setting {
  const key = generateKey();
  let open: HybridConnectionListener[] = [];
  const setting: Setting = {
    relay: new FakeRelay(),
    warnings: [],
    listener(options) {
      const connectionString = `Endpoint=${setting.relay.url};SharedAccessKeyName=listen;SharedAccessKey=${key};EntityPath=sql`;
      const listener = new HybridConnectionListener({ connectionString, ...options });
      listener.on('warning', (warning) => setting.warnings.push(warning));
      open.push(listener);
      return listener;
    },
  };
  beforeEach(async () => {
    setting.relay = await new FakeRelay().start();
    setting.warnings = [];
    open = [];
  });
  afterEach(async () => {
    await Promise.all(open.map((listener) => listener.close({ graceMs: 0 })));
    await setting.relay.stop();
  });
  return setting;
}

/** The first argument of the next event of that name. */
export async function next(emitter: NodeJS.EventEmitter, event: string): Promise<unknown> {
  const [first] = await once(emitter, event);
  return first;
}

/** Waits until it holds. */
export async function until(holds: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > giveUpAt) throw new Error('it did not come about within 20 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
