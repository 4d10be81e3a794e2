import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerTo, MAX_QUERY_BYTES } from './dns-message.js';

const A = 1;
const PTR = 12;
const AAAA = 28;
const ANY = 255;
const OPT_VERSION = (version: number) => [0, 0, 41, 0x10, 0, 0, version, 0, 0, 0, 0];

const names = {
  addressOf: (name: string) => (name === 'sql01.corp.example' ? '127.77.1.2' : undefined),
  nameOf: (address: string) => (address === '127.77.1.2' ? 'sql01.corp.example' : undefined),
};

function query(name: string, type = A, { edns, klass = 1 }: { edns?: number; klass?: number } = {}): Buffer {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label, 'latin1')]);
  return Buffer.from([
    ...[0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, edns === undefined ? 0 : 1],
    ...[...labels, 0, 0, type, 0, klass],
    ...(edns === undefined ? [] : OPT_VERSION(edns)),
  ]);
}

/** What matters of an answer. */
function read(answer: Buffer | undefined) {
  if (answer === undefined) return undefined;
  return {
    id: answer.readUInt16BE(0),
    rcode: answer[3]! & 0xf,
    isOurs: (answer[2]! & 0x04) !== 0,
    answers: answer.readUInt16BE(6),
    additional: answer.readUInt16BE(10),
  };
}

describe('a question about a configured name', () => {
  it('is answered with its virtual address', () => {
    const answer = answerTo(query('sql01.corp.example'), names)!;
    expect(read(answer)).toEqual({ id: 0x1234, rcode: 0, isOurs: true, answers: 1, additional: 0 });
    expect([...answer.subarray(-4)]).toEqual([127, 77, 1, 2]);
    expect(answer.readUInt32BE(answer.length - 10)).toBe(5); // seconds
  });

  it('may be written in any letters', () => {
    expect(read(answerTo(query('SQL01.Corp.Example'), names))?.answers).toBe(1);
  });

  it.each([PTR, 15, 16, AAAA, 33, 64, 65])(
    'has no record of type %i, and says so rather than refusing',
    (type) => {
      expect(read(answerTo(query('sql01.corp.example', type), names))).toMatchObject({
        rcode: 0,
        answers: 0,
      });
    },
  );

  it('has its address for an answer when it is about whatever there is', () => {
    expect([...answerTo(query('sql01.corp.example', ANY), names)!.subarray(-4)]).toEqual([127, 77, 1, 2]);
  });

  it('has its EDNS record answered, and a version that is unknown refused', () => {
    expect(read(answerTo(query('sql01.corp.example', A, { edns: 0 }), names))).toMatchObject({
      answers: 1,
      additional: 1,
    });
    const answer = answerTo(query('sql01.corp.example', A, { edns: 1 }), names)!;
    expect(read(answer)).toMatchObject({ rcode: 0, answers: 0, additional: 1 });
    expect(answer.at(-6)).toBe(1); // the upper bits of BADVERS
  });
});

describe('a question about a virtual address', () => {
  const REVERSE = '2.1.77.127.in-addr.arpa';

  it.each([PTR, ANY])('is answered with the name: type %i', (type) => {
    const answer = answerTo(query(REVERSE, type), names)!;
    expect(read(answer)).toMatchObject({ rcode: 0, isOurs: true, answers: 1 });
    expect(answer.toString('latin1', answer.length - 20)).toBe('\x05sql01\x04corp\x07example\0');
  });

  it.each([A, AAAA])('has no record of type %i', (type) => {
    expect(read(answerTo(query(REVERSE, type), names))).toMatchObject({ rcode: 0, answers: 0 });
  });

  it.each(['3.1.77.127.in-addr.arpa', '1.77.127.in-addr.arpa', `x.${REVERSE}`, '2.1.77.127.ip6.arpa'])(
    'that nobody has is refused: %s',
    (name) => {
      expect(read(answerTo(query(name, PTR), names))).toMatchObject({ rcode: 5, answers: 0 });
    },
  );

  it.each([`${'x'.repeat(64)}.example`, 'a..b', `${'x'.repeat(63)}.`.repeat(4).slice(0, -1)])(
    'whose name DNS cannot write is refused: %s',
    (name) => {
      expect(read(answerTo(query(REVERSE, PTR), { ...names, nameOf: () => name }))?.rcode).toBe(5);
    },
  );
});

describe('a question about any other name', () => {
  it.each(['sql02.corp.example', 'example', 'x.sql01.corp.example', 'sql01.corp', ''])(
    'is refused: %j',
    (name) => {
      const asked =
        name === '' ? Buffer.from([1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1]) : query(name);
      expect(read(answerTo(asked, names))).toMatchObject({ rcode: 5, answers: 0, isOurs: false });
    },
  );

  it('is refused when a label has a dot in it, whatever that looks like', () => {
    const label = 'sql01.corp.example';
    const asked = Buffer.concat([
      query('x').subarray(0, 12),
      Buffer.from([label.length, ...Buffer.from(label), 0, 0, A, 0, 1]),
    ]);
    expect(read(answerTo(asked, names))?.rcode).toBe(5);
  });

  it('is refused in another class', () => {
    expect(read(answerTo(query('sql01.corp.example', A, { klass: 3 }), names))?.rcode).toBe(5);
  });
});

describe('what is no question', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['less than a header', Buffer.alloc(11)],
    ['an answer', Buffer.from(query('sql01.corp.example').with(2, 0x81))],
  ])('gets no answer: %s', (_, bytes) => {
    expect(answerTo(bytes, names)).toBeUndefined();
  });

  it.each([
    ['no question', Buffer.from(query('a').with(5, 0)), 1],
    ['two questions', Buffer.from(query('a').with(5, 2)), 1],
    ['a name that points to itself', Buffer.from(query('ab').with(12, 0xc0).with(13, 12)), 1],
    ['a name that does not end', query('a').subarray(0, 13), 1],
    ['a name without a type', query('a').subarray(0, 16), 1],
    [
      'a name of 300 bytes',
      query(
        'a'
          .repeat(50)
          .match(/.{1,5}/g)!
          .join('.')
          .repeat(5),
      ),
      1,
    ],
    ['too much', Buffer.concat([query('a'), Buffer.alloc(MAX_QUERY_BYTES)]), 1],
    ['an update', Buffer.from(query('a').with(2, 5 << 3)), 4],
  ])('is told so: %s', (_, bytes, rcode) => {
    expect(read(answerTo(bytes, names))).toMatchObject({ id: bytes.readUInt16BE(0), rcode, answers: 0 });
  });
});

it('never fails, and never answers with more than the question and two records', () => {
  const bases = [
    query('sql01.corp.example', A, { edns: 0 }),
    query('2.1.77.127.in-addr.arpa', PTR),
    query('a.b'),
  ];
  const changed = fc.tuple(fc.constantFrom(...bases), fc.array(fc.nat(60))).chain(([base, places]) =>
    fc.uint8Array({ minLength: places.length, maxLength: places.length }).map((values) => {
      const bytes = Buffer.from(base);
      for (const [index, place] of places.entries()) {
        if (place < bytes.length) bytes[place] = values[index]!;
      }
      return new Uint8Array(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 600 })), (bytes) => {
      const answer = answerTo(bytes, names);
      if (answer === undefined) return;
      expect(answer.length).toBeLessThanOrEqual(12 + 255 + 4 + 12 + 20 + 11);
      expect(answer[2]! & 0x80).toBe(0x80);
      expect([...answer.subarray(0, 2)]).toEqual([...bytes.subarray(0, 2)]);
    }),
  );
});
