/** A front door that cannot take a connection. What it does with those that it takes is shown with the relay. */
import { Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Listener } from '../test/clients.js';
import type { Logger } from './logger.js';
import { silentLogger } from './logger.js';
import { startRelay } from './start-relay.js';

/** The server that listens at a port of this process. */
function serverAt(port: number): Server {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  const isIt = (handle: unknown) => {
    if (!(handle instanceof Server)) return false;
    const address = handle.address();
    return typeof address === 'object' && address?.port === port;
  };
  return handles.find(isIt) as Server;
}

describe('a relay that cannot take a connection', () => {
  it('warns, counts it, and goes on', async () => {
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message) };
    await using relay = await startRelay({ hybridConnections: ['sql'], logger });
    // As Node does it when accept() fails.
    serverAt(Number(new URL(relay.url).port)).emit(
      'error',
      Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' }),
    );
    expect(warnings).toEqual([expect.stringContaining('A connection could not be taken')]);
    if (process.platform === 'linux') expect(relay.status().descriptors).toMatchObject({ shortages: 1 });
    const listener = await Listener.start(relay, 'sql');
    listener.control.terminate();
  });
});
