import { describe, expect, it } from 'vitest';
import { findCredential } from './credential.js';

describe('the token of a handshake', () => {
  it.each([
    ['nowhere', undefined, {}, undefined],
    ['in the query', 'q', {}, { token: 'q', inAuthorization: false }],
    [
      'in its own header',
      undefined,
      { servicebusauthorization: ' s ' },
      { token: 's', inAuthorization: false },
    ],
    ['in Authorization', undefined, { authorization: 'a' }, { token: 'a', inAuthorization: true }],
    [
      'in query and header: the query counts',
      'q',
      { servicebusauthorization: 's' },
      { token: 'q', inAuthorization: false },
    ],
    [
      'in its own header, so Authorization is the application’s',
      undefined,
      { servicebusauthorization: 's', authorization: 'a' },
      { token: 's', inAuthorization: false },
    ],
    [
      'in the query, so Authorization is the application’s',
      'q',
      { authorization: 'a' },
      { token: 'q', inAuthorization: false },
    ],
    ['empty in query and header', '', { servicebusauthorization: ' ', authorization: '' }, undefined],
  ])('may be %s', (_, query, headers, expected) => {
    expect(findCredential(query, headers)).toEqual(expected);
  });
});
