/** Whatever is written to a conduit, and in whichever of its ways: all of it arrives, in order, and then the end. */
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { cert, key } from '../test/certificate.js';
import { Conduit } from './conduit.js';

/** What a writer does. The peer reads nothing until it is told to, and then all. */
type Step =
  | { readonly type: 'write' | 'send'; readonly length: number }
  | { readonly type: 'writeAll'; readonly lengths: readonly number[] }
  | { readonly type: 'turn' | 'stop' | 'read' };

const length = fc.oneof(fc.nat(300), fc.constantFrom(0, 1, 65_536, 700_000, 6_000_000));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('write' as const), length }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('send' as const), length }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('writeAll' as const),
      lengths: fc.array(length, { maxLength: 4 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constantFrom('turn' as const, 'stop' as const, 'read' as const) }),
  },
);

/** The byte that stands at a place of the stream, so that nothing can be missing, twice, or in another place. */
const byteAt = (at: number): number => (at ^ (at >>> 8) ^ (at >>> 16)) & 0xff;

/** Both ends, and what one has checked of what it read. */
async function joined(isSecure: boolean) {
  const options = { allowHalfOpen: true };
  const server = isSecure ? tls.createServer({ ...options, cert, key }) : net.createServer(options);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  const where = { ...options, port, host: '127.0.0.1' };
  const peer = isSecure
    ? tls.connect({ ...where, rejectUnauthorized: false } as tls.ConnectionOptions)
    : net.connect(where);
  const [socket] = (await once(server, isSecure ? 'secureConnection' : 'connection')) as [net.Socket];
  server.close();
  let read = 0;
  peer.on('data', (bytes: Buffer) => {
    for (const byte of bytes) {
      if (byte !== byteAt(read)) peer.destroy(new Error(`byte ${read} is another one`));
      read += 1;
    }
  });
  return { conduit: Conduit.adopt(socket), peer: peer.pause(), read: () => read };
}

async function play(steps: readonly Step[], isSecure: boolean): Promise<void> {
  const { conduit, peer, read } = await joined(isSecure);
  let written = 0;
  let sent = 0;
  let lent: Buffer[] = [];
  const next = (bytes: number): Buffer => {
    const buffer = Buffer.allocUnsafe(bytes);
    for (let i = 0; i < bytes; i += 1) buffer[i] = byteAt(written + i);
    written += bytes;
    return buffer;
  };
  /** What is free is overwritten at once, as the next read would. */
  const free = () => {
    for (const buffer of lent) buffer.fill(0xee);
    lent = [];
  };
  const drained = () => {
    if (conduit.blocked || conduit.queuedBytes > 0) throw new Error('told too early');
    free();
  };
  conduit.sink = { onBytes: () => true, onDrain: drained, onEnd: () => undefined, onClose: () => undefined };
  conduit.start();

  for (const each of steps) {
    if (each.type === 'write') {
      lent.push(next(each.length));
      if (conduit.write(lent.at(-1)!)) free();
    } else if (each.type === 'writeAll') {
      const pieces = each.lengths.map(next);
      lent.push(...pieces);
      if (conduit.writeAll(pieces)) free();
    } else if (each.type === 'send') {
      sent += 1;
      const bytes = next(each.length);
      conduit.send(bytes, () => {
        bytes.fill(0xee);
        sent -= 1;
      });
    } else if (each.type === 'turn') await new Promise((resolve) => setImmediate(resolve));
    else if (each.type === 'stop') peer.pause();
    else peer.resume();
  }
  conduit.end();
  await once(peer.resume(), 'end');
  while (conduit.blocked || sent > 0) await new Promise((resolve) => setImmediate(resolve));
  if (read() !== written || lent.length > 0) throw new Error(`${read()} of ${written}, ${lent.length} lent`);
  peer.end();
  conduit.destroy();
}

describe.each([
  ['TCP', false],
  ['TLS', true],
])('what is written to a conduit over %s', (_, isSecure) => {
  it('arrives whole and in order, and what was lent is told to be free', async () => {
    const property = fc.asyncProperty(fc.array(step, { maxLength: 20 }), (steps) => play(steps, isSecure));
    await fc.assert(property);
  });
});
