import { describe, expect, it } from 'vitest';
import { type AccessOptions, resolveAccess } from './access.js';
import { generateKey } from './keys.js';
import { createToken } from './token.js';

const key = generateKey();
const bare = 'Endpoint=sb://relay.example.net';
const whole = `${bare};SharedAccessKeyName=send;SharedAccessKey=${key};EntityPath=sql`;
const token = createToken({ resource: 'http://relay.example.net/sql/', keyName: 'send', key });
const tokenProvider = { getToken: () => ({ token, expiresAt: new Date() }) };

describe('the access to a hybrid connection', () => {
  it.each<[string, AccessOptions]>([
    ['a connection string', { connectionString: whole }],
    ['its parts', { endpoint: 'sb://relay.example.net', entityPath: '/sql/', keyName: 'send', key }],
    ["a namespace's connection string and a name", { connectionString: bare, entityPath: 'sql', token }],
    [
      'a URL and a provider',
      { endpoint: new URL('https://relay.example.net'), entityPath: 'sql', tokenProvider },
    ],
  ])('can be %s', async (_what, options) => {
    const access = resolveAccess(options);
    expect(access).toMatchObject({ entityPath: 'sql', resource: 'http://relay.example.net/sql/' });
    expect(access.endpoint.hostname).toBe('relay.example.net');
    const given = await access.tokenProvider?.getToken(access.resource);
    expect(given?.token).toContain('SharedAccessSignature sr=http%3A%2F%2Frelay.example.net%2Fsql%2F&');
  });

  it('may have no credential', () => {
    expect(
      resolveAccess({ endpoint: 'ws://127.0.0.1:8080', entityPath: 'sql' }).tokenProvider,
    ).toBeUndefined();
  });

  it("keeps the connection string's timeout", () => {
    const access = resolveAccess({ connectionString: `${whole};OperationTimeout=00:00:07` });
    expect(access.operationTimeoutMs).toBe(7000);
  });

  it('takes a provider where the connection string names a managed identity', () => {
    const connectionString = `${bare};EntityPath=sql;Authentication=Managed Identity`;
    expect(resolveAccess({ connectionString, tokenProvider }).tokenProvider).toBe(tokenProvider);
    expect(() => resolveAccess({ connectionString })).toThrow(/provider/);
  });

  it.each<[string, AccessOptions, RegExp]>([
    ['nothing', {}, /connectionString/],
    ['no hybrid connection', { endpoint: 'sb://relay.example.net' }, /name the hybrid connection/],
    ['a hybrid connection without a name', { connectionString: bare, entityPath: '/' }, /name the hybrid/],
    ['two hybrid connections', { connectionString: whole, entityPath: 'other' }, /EntityPath already/],
    ['two relays', { connectionString: whole, endpoint: 'sb://other.example.net' }, /not both/],
    ['half a credential', { connectionString: bare, entityPath: 'sql', keyName: 'send' }, /go together/],
    ['two credentials', { connectionString: whole, token }, /more than one credential/],
    ['a provider beside a key', { connectionString: whole, tokenProvider }, /more than one credential/],
  ])('is refused with %s', (_what, options, why) => {
    expect(() => resolveAccess(options)).toThrow(
      expect.objectContaining({ code: 'ERR_SAS_ARGUMENT', message: expect.stringMatching(why) }),
    );
  });
});
