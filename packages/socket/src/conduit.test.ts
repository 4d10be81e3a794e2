import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Conduit } from './conduit.js';

const open: Array<{ destroy(): void }> = [];
afterEach(() => {
  for (const each of open.splice(0)) each.destroy();
});

async function joined(): Promise<{ conduit: Conduit; peer: net.Socket; closed: Promise<unknown> }> {
  const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const peer = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const [socket] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  const conduit = Conduit.adopt(socket);
  open.push(peer, conduit);
  peer.on('error', () => undefined);
  const closed = new Promise((resolve) => {
    conduit.sink = {
      onBytes: () => true,
      onDrain: () => undefined,
      onEnd: () => undefined,
      onClose: resolve,
    };
  });
  conduit.start();
  return { conduit, peer: peer.resume(), closed };
}

describe('a conduit that is reset', () => {
  it.each([
    ['at once', () => undefined],
    ['while its FIN is on the way', () => new Promise(process.nextTick)],
    ['after its FIN is out', () => new Promise((resolve) => setTimeout(resolve, 20))],
  ])('after its end, %s, closes, and its peer cannot go on', async (_, pass) => {
    const { conduit, peer, closed } = await joined();
    const writing = setInterval(() => peer.write('x'), 5);
    open.push({ destroy: () => clearInterval(writing) });
    conduit.write(Buffer.from('the last word'));
    conduit.end();
    await pass();
    const failure = once(peer, 'error').catch((error) => [error]);
    conduit.reset(new Error('why'));
    expect(await closed).toMatchObject({ message: 'why' });
    expect(await failure).toMatchObject([{ code: expect.stringMatching(/ECONNRESET|EPIPE/) }]);
  });
});
