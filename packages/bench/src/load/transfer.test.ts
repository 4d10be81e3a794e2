import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { COUNT_BYTES } from './service.js';
import { transfer } from './transfer.js';

const servers: net.Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A target that sends and ends, and has read everything that was sent to it. */
async function target(...answer: readonly Buffer[]): Promise<number> {
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.resume();
    for (const bytes of answer) socket.write(bytes);
    socket.end();
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

function count(value: number): Buffer {
  const bytes = Buffer.alloc(COUNT_BYTES);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

const one = { streams: 1, writeBytes: 1024, bytes: 5000 };

describe('a transfer', () => {
  it.each([
    ['up', [count(5000)]],
    ['down', [Buffer.alloc(5000)]],
    ['both', [Buffer.alloc(5000), count(5000)]],
  ] as const)('%s is done when every byte is accounted for', async (direction, answer) => {
    expect(await transfer(await target(...answer), { ...one, direction })).toBeGreaterThan(0);
  });

  it.each([
    ['up', [count(4999)], 'Of 5000 bytes up, 4999 arrived'],
    ['up', [], 'Of 8 bytes down, 0 arrived'],
    ['down', [Buffer.alloc(4999)], 'Of 5000 bytes down, 4999 arrived'],
    ['both', [Buffer.alloc(5000), count(1)], 'Of 5000 bytes up, 1 arrived'],
  ] as const)('%s fails when one is missing', async (direction, answer, message) => {
    await expect(transfer(await target(...answer), { ...one, direction })).rejects.toThrow(message);
  });
});
