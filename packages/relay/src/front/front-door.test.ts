/** A front door that cannot take a connection. What it does with those that it takes is shown with the relay. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Listener } from '../../test/clients.js';
import { type Logger, silentLogger } from '../logger.js';
import { startRelay } from '../start-relay.js';

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

const openDescriptors = () => readdirSync('/proc/self/fd').length;

/** As Node has it when accept() fails. */
function outOfDescriptors(): Error {
  return Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' });
}

describe('a relay that cannot take a connection', () => {
  it('makes room by the oldest connection that has not asked for anything', async () => {
    await using relay = await startRelay();
    const port = Number(new URL(relay.url).port);
    const server = serverAt(port);
    const silent = async () => {
      const accepted = once(server, 'connection');
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      await accepted;
      return socket;
    };
    const [oldest, other] = [await silent(), await silent()];
    const closed = once(oldest, 'close');
    server.emit('error', outOfDescriptors());
    await closed;
    expect(other.readyState).toBe('open');
    other.destroy();
  });

  it.runIf(process.platform === 'linux')(
    'has a descriptor in reserve where all are in use, and takes it back',
    async () => {
      const before = openDescriptors();
      await using relay = await startRelay({ hybridConnections: ['sql'] });
      const server = serverAt(Number(new URL(relay.url).port));
      const atRest = openDescriptors();
      server.emit('error', outOfDescriptors());
      server.emit('error', outOfDescriptors());
      expect(openDescriptors()).toBe(atRest - 1);
      const listener = await Listener.start(relay, 'sql');
      // Both ends of its connection are of this process.
      expect(openDescriptors()).toBe(atRest + 2);
      listener.control.terminate();
      await relay.close();
      await expect.poll(() => openDescriptors() <= before, { interval: 1 }).toBe(true);
    },
  );

  it('warns, counts it, and goes on', async () => {
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message) };
    await using relay = await startRelay({ hybridConnections: ['sql'], logger });
    serverAt(Number(new URL(relay.url).port)).emit('error', outOfDescriptors());
    expect(warnings).toEqual([expect.stringContaining('A connection could not be taken')]);
    if (process.platform === 'linux') expect(relay.status().descriptors).toMatchObject({ shortages: 1 });
    const listener = await Listener.start(relay, 'sql');
    listener.control.terminate();
  });
});
