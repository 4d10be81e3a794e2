/** A local port whose process is short of descriptors. What else it does is shown with the command. */
import { once } from 'node:events';
import { connect, Server } from 'node:net';
import type { Tunnel } from '@hybridge/socket';
import { describe, expect, it } from 'vitest';
import { LocalPort } from './local-port.js';

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

describe('a local port that cannot take a connection', () => {
  it('tells of it, and stays open', async () => {
    const asked: true[] = [];
    const local = new LocalPort((): Tunnel => {
      asked.push(true);
      throw new Error('no tunnel in this test');
    });
    const lost: unknown[] = [];
    local.on('lost', ({ code }) => lost.push(code));
    const { port } = await local.listen({ host: '127.0.0.1', port: 0 });
    const server = serverAt(port);
    // As Node does it when accept() fails.
    server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE', syscall: 'accept' }));
    expect(lost).toEqual(['EMFILE']);
    expect(server.listening).toBe(true);
    await local.close({ graceMs: 0 });
    const refused = connect(port, '127.0.0.1');
    const [error] = await once(refused, 'error');
    expect(error.code).toBe('ECONNREFUSED');
    expect(asked).toEqual([]);
  });
});
