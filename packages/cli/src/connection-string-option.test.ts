import { describe, expect, it } from 'vitest';
import { givenConnectionString } from './connection-string-option.js';
import type { Surroundings } from './surroundings.js';

const TEXT = 'Endpoint=sb://relay.example.net/;SharedAccessKeyName=s;SharedAccessKey=a2V5;EntityPath=sql';

function given(option: string | undefined, env: Surroundings['env'] = {}) {
  return givenConnectionString(option, { env } as Surroundings);
}

describe('the connection string of a command', () => {
  it('may stand on the command line, where others can see it', () => {
    expect(given(TEXT)).toMatchObject({ text: TEXT, exposed: true, parsed: { entityPath: 'sql' } });
    expect(given('Endpoint=sb://a/;EntityPath=b').exposed).toBe(false);
  });

  it('may stand in the environment', () => {
    expect(given(undefined, { HYBRIDGE_CONNECTION_STRING: TEXT })).toMatchObject({
      text: TEXT,
      exposed: false,
    });
    expect(given('env:MINE', { MINE: TEXT })).toMatchObject({ text: TEXT, exposed: false });
  });

  it.each<[string, string | undefined, Surroundings['env']]>([
    ['give --connection-string or set HYBRIDGE_CONNECTION_STRING', undefined, {}],
    [
      'give --connection-string or set HYBRIDGE_CONNECTION_STRING',
      undefined,
      { HYBRIDGE_CONNECTION_STRING: ' ' },
    ],
    ['the environment variable "NO" is not set', 'env:NO', {}],
    ['cannot read the file', 'file:/nowhere/at/all', {}],
    ['The connection string cannot be used', 'nonsense', {}],
    ['the connection string has no EntityPath', TEXT.replace(/;EntityPath.*/, ''), {}],
  ])('otherwise: %s', (message, option, env) => {
    expect(() => given(option, env)).toThrow(message);
  });
});
