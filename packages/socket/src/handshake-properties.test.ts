/** What holds for the answer to a handshake, whatever its bytes are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptKey, checkUpgrade, formatUpgradeRequest } from './handshake.js';
import { ResponseHead, ResponseHeadReader } from './response-head.js';

const request = {
  target: '/$hc/hyco',
  host: 'ns.example',
  key: 'c2FtcGxlLWtleS0wMTIzNA==',
  protocols: ['a'],
};
const GOOD = [
  'HTTP/1.1 101 Switching Protocols',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Accept: ${acceptKey(request.key)}`,
  'Sec-WebSocket-Protocol: a',
].join('\r\n');

/** Single bytes changed, left out or put in. */
const mutation = fc.array(
  fc.record({
    at: fc.nat(GOOD.length),
    remove: fc.nat(2),
    insert: fc.oneof(
      fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 2 }),
      fc.constantFrom('\r\n', '\r\n\r\n', ':', 'Upgrade: websocket\r\n', 'Connection: close\r\n', ','),
    ),
  }),
  { maxLength: 3 },
);
const mutated = mutation.map((edits) =>
  edits.reduce((text, { at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove), GOOD),
);

function orProtocolError<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
    return undefined;
  }
}

describe('the answer to a handshake', () => {
  it('is taken only while it says what it has to, or gives ERR_RELAY_PROTOCOL', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const head = orProtocolError(() => new ResponseHead(text));
        if (head === undefined) return;
        const accepted = orProtocolError(() => [checkUpgrade(head, request)]);
        if (accepted === undefined) return;
        expect(text).toMatch(/^HTTP\/1\.1 101(?: |\r\n)/);
        expect(head.all('upgrade').map((each) => each.toLowerCase())).toEqual(['websocket']);
        expect(head.all('sec-websocket-accept')).toEqual([acceptKey(request.key)]);
        expect(['a', undefined]).toContain(accepted[0]);
        expect(text).not.toMatch(/(?<!\r)\n|\r(?!\n)|\0/);
      }),
    );
  });

  it('reads the same in any pieces, whatever the bytes are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 80 }).map((each) => Buffer.from(each)),
      mutated.map((text) => Buffer.from(`${text}\r\n\r\nrest`, 'latin1')),
    );
    const outcome = (chunks: Buffer[]) => {
      const reader = new ResponseHeadReader();
      for (const [i, chunk] of chunks.entries()) {
        let read: ReturnType<ResponseHeadReader['push']>;
        try {
          read = reader.push(chunk);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
          return 'refused';
        }
        if (read === undefined) continue;
        const { head, rest } = read;
        return { ...head, rest: Buffer.concat([rest, ...chunks.slice(i + 1)]).toString('latin1') };
      }
      return 'more';
    };
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 40 }), (all, size) => {
        const chunks = [];
        for (let at = 0; at < all.length; at += size) chunks.push(all.subarray(at, at + size));
        expect(outcome(chunks)).toEqual(outcome([all]));
      }),
    );
  });
});

describe('the request of a handshake', () => {
  it('has one line for each header and no other, or is refused', () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(text, fc.constantFrom('X-A', 'Host')), text), (headers) => {
        try {
          const lines = formatUpgradeRequest({ ...request, headers })
            .toString('latin1')
            .split('\r\n');
          expect(lines).toHaveLength(7 + Object.keys(headers).length + 2);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_RELAY_ARGUMENT' });
        }
      }),
    );
  });
});
