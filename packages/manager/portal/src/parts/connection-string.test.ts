/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { pastedIn } from './connection-string.js';

const KEY = 'c2VjcmV0IHNlY3JldCBzZWNyZXQ=';
const WHOLE = `Endpoint=sb://contoso.example/;SharedAccessKeyName=listen;SharedAccessKey=${KEY};EntityPath=site/orders`;

describe('a pasted connection string', () => {
  it('is told by what is in it, but for the key', () => {
    const pasted = pastedIn(`  ${WHOLE}\n`);
    expect(pasted).toEqual({
      kind: 'text',
      host: 'contoso.example',
      hybridConnection: 'site/orders',
      policy: 'listen',
    });
  });

  it('may have its members in any order and any case', () => {
    const turned = WHOLE.split(';').reverse().join(';').replace('EntityPath', 'entitypath');
    expect(pastedIn(turned)).toMatchObject({ kind: 'text', hybridConnection: 'site/orders' });
  });

  it.each(['file:/run/secrets/orders', 'env:ORDERS'])('may be the reference %s', (text) => {
    expect(pastedIn(text)).toEqual({ kind: 'reference' });
  });

  it.each([
    ['hello', 'begins with Endpoint'],
    [KEY, 'begins with Endpoint'],
    [WHOLE.replace('sb://contoso.example/', 'contoso'), 'no address'],
    [WHOLE.replace(/;EntityPath.*/, ''), 'whole namespace'],
    [WHOLE.replace(KEY, ''), 'no key'],
    [WHOLE.replace('SharedAccessKeyName=listen;', ''), 'no key'],
  ])('says of %j: %s', (text, problem) => {
    const pasted = pastedIn(text);
    expect(pasted).toMatchObject({ kind: 'wrong', problem: expect.stringContaining(problem) });
    expect(JSON.stringify(pasted)).not.toContain(KEY);
  });

  it('is nothing when it is empty', () => {
    expect(pastedIn(' ')).toEqual({ kind: 'nothing' });
  });
});
