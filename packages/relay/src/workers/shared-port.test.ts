import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { canReusePort, knowsReusePort } from './shared-port.js';

describe('a port for several processes', () => {
  it('is refused when somebody else has it', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await expect(canReusePort('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    server.close();
  });

  it.each([
    ['20.19.0', false],
    ['22.11.0', false],
    ['22.12.0', true],
    ['23.0.0', false],
    ['23.1.0', true],
    ['24.0.0', true],
  ])('can have a socket each in Node %s: %s', (version, expected) => {
    expect(knowsReusePort(version)).toBe(expected);
  });
});
