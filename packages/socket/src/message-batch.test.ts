import { once } from 'node:events';
import { Duplex, PassThrough, type Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { MessageBatch } from './message-batch.js';

// Exported, but not in the types.
const { Receiver } = ws as unknown as { readonly Receiver: new (options: { isServer: boolean }) => Writable };

/** What `ws` reads of what is written to a connection, and in how many pieces it was written. */
function readBack(isServer: boolean) {
  const connection = new PassThrough();
  const writes: number[] = [];
  const receiver = new Receiver({ isServer });
  const messages: string[] = [];
  connection.on('data', (bytes: Buffer) => {
    writes.push(bytes.length);
    receiver.write(bytes);
  });
  receiver.on('message', (data: ws.RawData, isBinary: boolean) =>
    messages.push(`${isBinary ? 'b' : 't'}:${data}`),
  );
  return { connection, writes, messages };
}

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe.each([true, false])('messages that are masked (%s)', (isMasked) => {
  it('arrive in order, and those of one turn in one write', async () => {
    const { connection, writes, messages } = readBack(isMasked);
    const batch = new MessageBatch(connection, isMasked);
    const long = 'é'.repeat(40_000);
    batch.text('{"a":"é"}');
    batch.binary(Buffer.from('body'));
    batch.text('x'.repeat(200));
    expect(batch.pending).toBeGreaterThan(200);
    expect(messages).toEqual([]);
    await turn();
    expect(writes).toHaveLength(1);
    expect(batch.pending).toBe(0);
    batch.text(long);
    batch.binary(Buffer.alloc(70_000, 'y'));
    batch.text('');
    await turn();
    expect(messages).toEqual([
      't:{"a":"é"}',
      'b:body',
      `t:${'x'.repeat(200)}`,
      `t:${long}`,
      `b:${'y'.repeat(70_000)}`,
      't:',
    ]);
  });
});

describe('a message of a batch', () => {
  it('may be changed by its sender at once', async () => {
    const { connection, messages } = readBack(false);
    const batch = new MessageBatch(connection, false);
    const body = Buffer.from('before');
    batch.binary(body);
    body.fill('x');
    await turn();
    expect(messages).toEqual(['b:before']);
  });

  it('is told of when the connection has taken it', async () => {
    const batch = new MessageBatch(new PassThrough(), true);
    await new Promise<void>((resolve, reject) => {
      batch.text('a', (error) => (error ? reject(error) : resolve()));
    });
  });

  it('is told of with an error when the connection is gone', async () => {
    const connection = new Duplex({ read() {}, write() {} });
    const batch = new MessageBatch(connection, true);
    const told = new Promise((resolve) => batch.text('a', resolve));
    connection.destroy();
    await once(connection, 'close');
    expect(await told).toBeInstanceOf(Error);
  });
});
