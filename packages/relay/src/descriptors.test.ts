import { describe, expect, it } from 'vitest';
import { DescriptorWatch, descriptorsNeeded } from './descriptors.js';
import { LiveDirectory } from './directory/live-directory.js';
import { type Logger, silentLogger } from './logger.js';
import { declareNamespaces } from './model/declare.js';
import { EMPTY_MODEL } from './model/model.js';

/** A process that may have a hundred. */
function watched(limit: number | undefined = 100) {
  const lines: string[] = [];
  const state = { open: 0, now: 1_000_000, lines };
  const logger: Logger = { ...silentLogger, warn: (message) => lines.push(message.split(':')[0]!) };
  const watch = new DescriptorWatch({ logger, now: () => state.now, limit, count: () => state.open });
  const look = (open: number) => {
    state.open = open;
    watch.look();
  };
  return { state, lines, watch, look };
}

const LOW = 'Descriptors run low';
const NONE = 'No descriptor is left, and new connections are closed without an answer';

describe('a watch over descriptors', () => {
  it('says nothing while there are plenty', () => {
    const { lines, look, watch } = watched();
    for (const open of [0, 50, 89]) look(open);
    expect(lines).toEqual([]);
    expect(watch.status).toEqual({ open: 89, limit: 100, shortages: 0, lastShortageAt: undefined });
  });

  it('warns from nine tenths on, and again when none is left', () => {
    const { lines, look } = watched();
    for (const open of [90, 98, 99, 100]) look(open);
    expect(lines).toEqual([LOW, NONE]);
  });

  it('counts how often there was none left, not for how long', () => {
    const { look, watch } = watched();
    for (const open of [99, 100, 100, 95, 100, 10]) look(open);
    expect(watch.status).toMatchObject({ shortages: 2, lastShortageAt: new Date(1_000_000) });
  });

  it('says the same once a minute at most', () => {
    const { state, lines, look } = watched();
    for (let second = 0; second < 120; second += 1) {
      look(100);
      state.now += 1_000;
    }
    expect(lines).toEqual([NONE, NONE]);
  });

  it('takes it for a shortage when there is none left to count with', () => {
    const lines: string[] = [];
    const watch = new DescriptorWatch({
      logger: { ...silentLogger, warn: (message) => lines.push(message) },
      now: () => 0,
      limit: 100,
      count: () => {
        throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
      },
    });
    watch.look();
    expect(lines).toHaveLength(1);
    expect(watch.status).toMatchObject({ open: 100, shortages: 1 });
  });

  it('counts connections that a port could not take, and does not flood the log with them', () => {
    const { lines, watch } = watched();
    const error = Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' });
    for (let n = 0; n < 1_000; n += 1) watch.acceptFailed(error);
    expect(lines).toEqual(['A connection could not be taken']);
    expect(watch.status).toMatchObject({ shortages: 1_000 });
  });

  it('has no status where the system does not tell', () => {
    const lines: string[] = [];
    const watch = new DescriptorWatch({
      logger: { ...silentLogger, warn: (message) => lines.push(message) },
      now: () => 0,
      limit: undefined,
    });
    watch.look();
    watch.check(1e9);
    expect(watch.status).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it('warns when the limits allow more connections than there are descriptors', () => {
    const { lines, watch } = watched();
    watch.check(100);
    expect(lines).toEqual([]);
    watch.check(101);
    expect(lines).toEqual(['There are fewer descriptors than the limits of connections need']);
  });

  it.runIf(process.platform === 'linux')('knows those of this process', () => {
    const { status } = new DescriptorWatch({ logger: silentLogger, now: () => 0 });
    expect(status!.open).toBeGreaterThan(3);
    expect(status!.limit).toBeGreaterThan(status!.open);
  });
});

describe('the descriptors that a relay needs', () => {
  it('are two for each connection and one for each listener and each handshake, shared among workers', () => {
    const live = new LiveDirectory({
      publicUrl: undefined,
      limits: { connectionsPerNamespace: 100, listenersPerHybridConnection: 10 },
    });
    const declared = [{ name: 'a', hybridConnections: [{ name: 'x' }, { name: 'y' }] }, { name: 'b' }];
    const context = { now: '', newKey: () => 'key', knownKeys: () => undefined };
    live.show(declareNamespaces(EMPTY_MODEL, declared, context).namespaces);
    const { directory } = live;
    expect(descriptorsNeeded(directory, 30, 1)).toBe(50 + 30 + 2 * 100 + 2 * 10 + 2 * 100);
    expect(descriptorsNeeded(directory, 30, 2)).toBe(50 + 30 + (2 * 100 + 2 * 10 + 2 * 100) / 2);
  });
});
