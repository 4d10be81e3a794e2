import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RESPONSE_HEAD_BYTES, ResponseHead, ResponseHeadReader } from './response-head.js';

const protocolError = expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' });
const TEXT = 'HTTP/1.1 404 Endpoint does not exist\r\nContent-Length: 3\r\nX-A: 1\r\nx-a:\t 2 \r\n\r\nabc';

describe('a response head', () => {
  it('has a status, a reason and headers', () => {
    const head = new ResponseHead('HTTP/1.0 404 Not found: hyco\r\nA: 1\r\nb:  two words \r\nA: 3\r\nC:');
    expect(head).toMatchObject({ version: '1.0', status: 404, reason: 'Not found: hyco' });
    expect(head.all('a')).toEqual(['1', '3']);
    expect(head.sole('a')).toBeUndefined();
    expect(head.sole('b')).toBe('two words');
    expect(head.sole('c')).toBe('');
    expect(head.sole('d')).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2'],
    ['HTTP/2', 'HTTP/2 101'],
    ['a status of two digits', 'HTTP/1.1 99 x'],
    ['a status of four digits', 'HTTP/1.1 1010 x'],
    ['a status out of range', 'HTTP/1.1 600 x'],
    ['two blanks before the status', 'HTTP/1.1  101 x'],
    ['a control character in the reason', 'HTTP/1.1 101 a\x07'],
    ['a bare line feed', 'HTTP/1.1 101 x\nA: 1'],
    ['a bare carriage return', 'HTTP/1.1 101 x\r\nA: 1\rB: 2'],
    ['a folded header', 'HTTP/1.1 101 x\r\nA: 1\r\n 2'],
    ['a blank before the colon', 'HTTP/1.1 101 x\r\nA : 1'],
    ['a header without colon', 'HTTP/1.1 101 x\r\nA'],
    ['a header without name', 'HTTP/1.1 101 x\r\n: 1'],
    ['a NUL in a header', 'HTTP/1.1 101 x\r\nA: \0'],
  ])('is refused when it is %s', (_, text) => {
    expect(() => new ResponseHead(text)).toThrow(protocolError);
  });
});

describe('reading a response head', () => {
  it('gives the head and what follows, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(TEXT.length), { maxLength: 8 }), (cuts) => {
        const reader = new ResponseHeadReader();
        const bytes = Buffer.from(TEXT);
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        let rest = '';
        let status = 0;
        for (let i = 1; i < edges.length; i += 1) {
          const piece = bytes.subarray(edges[i - 1], edges[i]);
          if (status !== 0) {
            rest += piece;
            continue;
          }
          const answered = reader.push(piece);
          status = answered?.head.status ?? 0;
          rest += answered?.rest ?? '';
        }
        expect(status).toBe(404);
        expect(rest).toBe('abc');
      }),
    );
  });

  it('keeps its own copy of what it was given', () => {
    const reader = new ResponseHeadReader();
    const lent = Buffer.from('HTTP/1.1 101 x\r\nA: 1');
    reader.push(lent);
    lent.fill(0);
    const last = Buffer.from('\r\n\r\nrest');
    const answered = reader.push(last);
    last.fill(0);
    expect(answered?.head.sole('a')).toBe('1');
    expect(answered?.rest.toString()).toBe('rest');
  });

  it('takes a head of just the limit', () => {
    const start = 'HTTP/1.1 101 x\r\nA: ';
    const head = start + 'a'.repeat(MAX_RESPONSE_HEAD_BYTES - start.length);
    expect(new ResponseHeadReader().push(Buffer.from(`${head}\r\n\r\n`))?.head.status).toBe(101);
    expect(() => new ResponseHeadReader().push(Buffer.from(`${head}a\r\n\r\n`))).toThrow(protocolError);
  });

  it('gives up a head that does not end', () => {
    const reader = new ResponseHeadReader();
    reader.push(Buffer.from('HTTP/1.1 101 x\r\n'));
    const line = Buffer.from(`A: ${'a'.repeat(1000)}\r\n`);
    expect(() => {
      for (let i = 0; i < 17; i += 1) reader.push(line);
    }).toThrow(protocolError);
  });

  it('gives up at once what is not HTTP', () => {
    expect(() => new ResponseHeadReader().push(Buffer.from('SSH-2.0-x'))).toThrow(protocolError);
    expect(() => new ResponseHeadReader().push(Buffer.from([0x15, 0x03, 0x01]))).toThrow(protocolError);
  });
});
