/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { apiErrorOf, messageOf } from './api-error.js';

describe('an answer that is no success', () => {
  it('becomes an error with what the server said', () => {
    const body = '{"error":{"code":"BadRequest","message":"No.","target":"properties.port"}}';
    expect(apiErrorOf(400, body, null)).toMatchObject({
      status: 400,
      code: 'BadRequest',
      message: 'No.',
      target: 'properties.port',
    });
  });

  it.each(['', '<html>', 'null', '{}', '{"error":null}'])('may hold anything, such as %j', (body) => {
    expect(apiErrorOf(502, body, null)).toMatchObject({ status: 502, code: 'Unknown' });
  });

  it('says how long to wait after too many', () => {
    const body = '{"error":{"code":"TooManyRequests","message":"Slow down."}}';
    expect(messageOf(apiErrorOf(429, body, '30'))).toBe('Too many requests. Wait 30 s and try again.');
    expect(messageOf(apiErrorOf(429, body, 'soon'))).toBe('Too many requests. Wait a while and try again.');
  });
});
