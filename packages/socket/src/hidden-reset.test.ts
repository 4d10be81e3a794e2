import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Conduit } from './conduit.js';

const open: net.Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

/** What a conduit tells, in order, that starts to read when the peer has already done all of `act`. */
async function told(act: (peer: net.Socket) => void, before?: (conduit: Conduit) => void): Promise<string[]> {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  open.push(peer, accepted);
  const conduit = Conduit.adopt(accepted);
  const events: string[] = [];
  const over = new Promise<void>((resolve) => {
    conduit.sink = {
      onBytes: (bytes, start, end) => events.push(bytes.toString('latin1', start, end)) > 0,
      onDrain: () => undefined,
      onEnd: () => {
        events.push('end');
        resolve();
      },
      onClose: (error) => {
        events.push((error as NodeJS.ErrnoException | undefined)?.code ?? 'close');
        resolve();
      },
    };
  });
  before?.(conduit);
  act(peer);
  await new Promise((resolve) => setTimeout(resolve, 30));
  conduit.start();
  await over;
  return events;
}

describe('a connection whose last bytes were not read yet', () => {
  it('ends, when its peer ended it', async () => {
    expect(await told((peer) => peer.end('all'))).toEqual(['all', 'end']);
  });

  it('fails, when its peer reset it', async () => {
    const reset = (peer: net.Socket) => peer.write('half', () => peer.resetAndDestroy());
    expect(await told(reset)).toEqual(['half', 'ECONNRESET']);
  });

  it('ends, when both have ended it', async () => {
    const both = await told(
      (peer) => peer.end('all'),
      (conduit) => conduit.end(),
    );
    expect(both).toEqual(['all', 'end']);
  });
});
