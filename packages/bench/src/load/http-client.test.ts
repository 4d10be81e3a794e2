import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Asker } from './http-client.js';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
const servers: net.Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers each request with the next of these, piece by piece. */
async function askerOf(...answers: readonly (readonly string[])[]): Promise<Asker> {
  const left = [...answers];
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', async () => {
      for (const piece of left.shift() ?? []) {
        socket.write(piece);
        // So that the next piece is read by itself.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Asker.open((server.address() as net.AddressInfo).port, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
}

describe('one who asks for pages', () => {
  it.each([
    ['whole', [OK]],
    ['in two pieces', [OK.slice(0, -3), OK.slice(-3)]],
    ['with its head in two pieces', [OK.slice(0, 12), OK.slice(12)]],
  ])('has an answer that comes %s, and the next', async (_how, pieces) => {
    const asker = await askerOf(pieces, pieces, [OK]);
    for (let i = 0; i < 3; i += 1) await asker.ask();
    asker.close();
  });

  it('takes a refusal for none, also one as long as an answer', async () => {
    const asker = await askerOf([OK], [OK.replace('200', '503')]);
    await asker.ask();
    await expect(asker.ask()).rejects.toThrow('503');
    asker.close();
  });
});
