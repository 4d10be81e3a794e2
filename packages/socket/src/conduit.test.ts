import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedPool } from './buffer-pool.js';
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

describe('a conduit of a socket that was in use', () => {
  async function used(): Promise<[net.Socket, net.Socket]> {
    const server = net.createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const peer = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
    const [socket] = (await once(server, 'connection')) as [net.Socket];
    server.close();
    open.push(peer, socket);
    return [peer, socket];
  }

  function heard(conduit: Conduit): { all: string[]; ended: Promise<unknown> } {
    const all: string[] = [];
    const ended = new Promise<void>((resolve) => {
      conduit.sink = {
        onBytes: (bytes, start, end) => all.push(bytes.toString('latin1', start, end)) > 0,
        onDrain: () => undefined,
        onEnd: () => resolve(void all.push('end')),
        onClose: () => all.push('close'),
      };
    });
    return { all, ended };
  }

  it('hands over what its peer sent before, then what it sends, then its end', async () => {
    const [peer, socket] = await used();
    peer.write('before ');
    await once(socket, 'readable');
    const conduit = Conduit.adopt(socket, Buffer.from('head '));
    const { all, ended } = heard(conduit);
    conduit.start();
    peer.end('after');
    await ended;
    expect(all.slice(0, -1).join('')).toBe('head before after');
    const answered = once(peer, 'data');
    conduit.write(Buffer.from('the answer'));
    expect(String((await answered)[0])).toBe('the answer');
  });

  it.each(['nobody has', 'somebody has'])('tells of an end that came before and %s heard', async (who) => {
    const [peer, socket] = await used();
    peer.end('all');
    let early: Buffer | undefined;
    if (who === 'somebody has') {
      socket.on('data', (bytes) => (early = bytes));
      await once(socket, 'end');
    } else {
      await once(socket, 'readable');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const conduit = Conduit.adopt(socket, early);
    const { all, ended } = heard(conduit);
    conduit.start();
    await ended;
    expect(all).toEqual(['all', 'end']);
  });

  it('leaves those who listened before without a word', async () => {
    const [peer, socket] = await used();
    const words: string[] = [];
    for (const name of ['data', 'end', 'close', 'error', 'timeout']) socket.on(name, () => words.push(name));
    socket.setTimeout(10);
    const conduit = Conduit.adopt(socket);
    const { all } = heard(conduit);
    conduit.start();
    peer.write('x');
    await expect.poll(() => all.length > 0, { interval: 1 }).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 30));
    peer.resetAndDestroy();
    await expect.poll(() => all.includes('close'), { interval: 1 }).toBe(true);
    expect(words).toEqual([]);
  });
});

describe('a conduit that ends after its peer', () => {
  it.each([0, 3_000_000])('closes once its last %i bytes have arrived', async (length) => {
    const { conduit, peer, closed } = await joined();
    const ended = new Promise<void>((resolve) => (conduit.sink.onEnd = resolve));
    peer.end();
    await ended;
    let received = 0;
    peer.on('data', (bytes) => (received += bytes.length));
    if (length > 0) conduit.write(Buffer.alloc(length));
    conduit.end();
    await once(peer, 'end');
    expect(received).toBe(length);
    expect(await closed).toBeUndefined();
  });
});

describe('a conduit with a buffer of its own', () => {
  it('gives it back when it closes', async () => {
    const { conduit, peer, closed } = await joined();
    const before = sharedPool.left;
    conduit.sink.onBytes = () => true;
    peer.write(Buffer.alloc(4_000_000));
    await expect.poll(() => sharedPool.left, { interval: 1 }).toBe(before - 1);
    conduit.destroy();
    await closed;
    expect(sharedPool.left).toBe(before);
  });

  it('gives it back after it closed while the bytes were lent, once they are not, and not before', async () => {
    const { conduit, peer, closed } = await joined();
    const before = sharedPool.left;
    let reads = 0;
    conduit.sink.onBytes = (_, start, end) => {
      reads += 1;
      return reads === 1 || end - start < 1000;
    };
    peer.write(Buffer.alloc(4_000_000));
    await expect.poll(() => conduit.held, { interval: 1 }).toBe(true);
    conduit.destroy();
    await closed;
    expect(sharedPool.left).toBe(before - 1);
    conduit.resume();
    expect(sharedPool.left).toBe(before);
    conduit.resume();
    expect(sharedPool.left).toBe(before);
  });

  it('gives it back when the one it lent bytes to is reset while it writes them', async () => {
    const [from, to] = [await joined(), await joined()];
    const before = sharedPool.left;
    to.peer.pause();
    from.conduit.sink.onBytes = (bytes, start, end) => to.conduit.write(bytes.subarray(start, end));
    to.conduit.sink.onDrain = () => from.conduit.resume();
    const writing = setInterval(
      () => from.peer.writableLength === 0 && from.peer.write(Buffer.alloc(1_000_000)),
      1,
    );
    open.push({ destroy: () => clearInterval(writing) });
    await expect.poll(() => from.conduit.held && to.conduit.blocked, { interval: 1 }).toBe(true);
    expect(sharedPool.left).toBe(before - 1);
    from.conduit.reset();
    to.conduit.reset();
    await Promise.all([from.closed, to.closed]);
    await expect.poll(() => sharedPool.left).toBe(before);
  });
});

describe('two conduits that read beside each other', () => {
  it('take turns: one with much to read lets the other read after its budget', async () => {
    const [bulk, small] = [await joined(), await joined()];
    const order: string[] = [];
    let inARow = 0;
    let most = 0;
    bulk.conduit.sink.onBytes = (_, start, end) => {
      inARow += end - start;
      most = Math.max(most, inARow);
      return true;
    };
    small.conduit.sink.onBytes = () => {
      order.push('small');
      return true;
    };
    const turn = () => {
      inARow = 0;
      small.peer.write('x');
      if (order.length < 50) setImmediate(turn);
    };
    bulk.peer.write(Buffer.alloc(30_000_000));
    turn();
    await expect.poll(() => order.length >= 50, { interval: 1 }).toBe(true);
    expect(most).toBeGreaterThan(0);
    // A first read may come before the other one is known to be there.
    expect(most).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('what little a conduit has lent', () => {
  it('stays as it is until it is not lent any more, whatever others read', async () => {
    const [first, second] = [await joined(), await joined()];
    let lent: Buffer | undefined;
    first.conduit.sink.onBytes = (bytes, start, end) => {
      lent = bytes.subarray(start, end);
      return false;
    };
    let others = 0;
    second.conduit.sink.onBytes = () => {
      others += 1;
      return others % 2 === 0;
    };
    first.peer.write('the first');
    await expect.poll(() => lent !== undefined, { interval: 1 }).toBe(true);
    for (let i = 0; i < 10; i += 1) {
      second.peer.write('something else');
      await expect.poll(() => others > i, { interval: 1 }).toBe(true);
      second.conduit.resume();
    }
    expect(String(lent)).toBe('the first');
  });
});
