import { describe, expect, it } from 'vitest';
import { encodeClosePayload, isFailure, parseClosePayload } from './close.js';

describe('the payload of a Close frame', () => {
  it('reads back as it was written', () => {
    expect(parseClosePayload(encodeClosePayload(1001, 'gone, for good'))).toEqual({
      code: 1001,
      reason: 'gone, for good',
    });
  });

  it('may be empty', () => {
    expect(parseClosePayload(new Uint8Array(0))).toEqual({ code: undefined, reason: '' });
  });

  it('is cut to 125 bytes without breaking a character', () => {
    const payload = encodeClosePayload(1000, 'é'.repeat(100));
    expect(payload.length).toBe(124);
    expect(parseClosePayload(payload).reason).toBe('é'.repeat(61));
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535])('is refused with the code %d', (code) => {
    expect(() => parseClosePayload(encodeClosePayload(code))).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' }),
    );
  });

  it('is refused when it is one byte', () => {
    expect(() => parseClosePayload(Uint8Array.of(3))).toThrow('status code');
  });

  it.each([1002, 1003, 1007, 1008, 1009, 1011, 1012, 1014])('tells of a failure with %i', (code) => {
    expect(isFailure({ code, reason: '' })).toBe(true);
  });

  it.each([undefined, 1000, 1001, 3000, 4999])('tells of none with %s', (code) => {
    expect(isFailure({ code, reason: '' })).toBe(false);
  });
});
