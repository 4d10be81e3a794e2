import { describe, expect, it } from 'vitest';
import { MAX_REFUSAL_BODY_BYTES, RefusalBody } from './refusal-body.js';
import { ResponseHead } from './response-head.js';

const bodyOf = (...fields: string[]) =>
  new RefusalBody(new ResponseHead(['HTTP/1.1 403 No', ...fields].join('\r\n')));

describe('the body of a refusal', () => {
  it('is complete with its Content-Length', () => {
    const body = bodyOf('Content-Length: 5');
    expect(body.push(Buffer.from('wro'))).toBe(false);
    expect(body.push(Buffer.from('ng and the next answer'))).toBe(true);
    expect(body.text).toBe('wrong');
  });

  it.each([['Content-Length: 0'], ['Content-Length: -5'], ['Content-Length:']])(
    'is complete at once with %s',
    (field) => {
      expect(bodyOf(field).push(Buffer.alloc(0))).toBe(true);
    },
  );

  it('may be chunked, in any pieces', () => {
    const text = '4;ext=1\r\nIp h\r\n1C\r\nas been prevented to connect\r\n0\r\n\r\n';
    for (const size of [1, 5, 100]) {
      const body = bodyOf('Transfer-Encoding: Chunked', 'Content-Length: 3');
      const done = [];
      for (let at = 0; at < text.length; at += size)
        done.push(body.push(Buffer.from(text.slice(at, at + size))));
      expect(done.at(-1)).toBe(true);
      expect(done.slice(0, -1)).not.toContain(true);
      expect(body.text).toBe('Ip has been prevented to connect');
    }
  });

  it.each([['zz\r\nabc\r\n'], ['-5\r\nabc'], ['5'], ['']])(
    'gives what it can of the broken chunks %j',
    (text) => {
      const body = bodyOf('Transfer-Encoding: chunked');
      body.push(Buffer.from(text));
      expect(body.text).toBe('');
    },
  );

  it('of unknown length goes on until the connection ends', () => {
    const body = bodyOf();
    expect(body.push(Buffer.from('some '))).toBe(false);
    expect(body.push(Buffer.from('words'))).toBe(false);
    expect(body.text).toBe('some words');
  });

  it('is cut where it gets long', () => {
    for (const field of ['Content-Length: 999999999', 'X: 1']) {
      const body = bodyOf(field);
      expect(body.push(Buffer.alloc(MAX_REFUSAL_BODY_BYTES - 1, 'a'))).toBe(false);
      expect(body.push(Buffer.alloc(10_000, 'a'))).toBe(true);
      expect(body.text).toHaveLength(MAX_REFUSAL_BODY_BYTES);
    }
  });
});
