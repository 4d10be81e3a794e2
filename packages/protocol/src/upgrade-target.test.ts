import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RelayError } from './errors.js';
import { acceptAddress, rejectAddress } from './rendezvous.js';
import { parseAnyTarget, parseUpgradeTarget } from './upgrade-target.js';

const guid = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';

/** Any UTF-16 unit, lone surrogates and control characters too. */
const utf16 = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

describe('a handshake', () => {
  it.each([
    ['listen', `/$hc/hyco?sb-hc-action=listen&sb-hc-id=${guid}`],
    ['connect', `/$hc/hyco?sb-hc-action=connect&sb-hc-id=${guid}`],
    ['accept', `/$hc/hyco?sb-hc-action=accept&sb-hc-id=${guid}`],
    ['request', `/$hc/hyco?sb-hc-action=request&sb-hc-id=${guid}`],
    ['connect', `/$hc/hyco?sb-hc-id=${guid}`],
    ['listen', `/$hc/hyco?SB-HC-Action=Listen&sb-hc-id=${guid}`],
    ['listen', `https://ns.example:443/$hc/hyco?sb-hc-action=listen&sb-hc-id=${guid}`],
    ['listen', `/%24HC/hyco?sb-hc-action=listen&sb-hc-id=${guid}`],
  ])('asks to %s with %s', (action, target) => {
    expect(parseUpgradeTarget(target)).toEqual({
      action,
      path: 'hyco',
      rawPath: '/hyco',
      appQuery: '',
      id: guid,
    });
  });

  it('without any query asks to connect', () => {
    expect(parseUpgradeTarget('/$hc/hyco')).toEqual({
      action: 'connect',
      path: 'hyco',
      rawPath: '/hyco',
      appQuery: '',
    });
  });

  it.each([
    ['/$hc/hyco/tenants/7', 'hyco/tenants/7', '/hyco/tenants/7'],
    ['/$hc/Sales%2FEU-1%2fhyco', 'Sales/EU-1/hyco', '/Sales%2FEU-1%2fhyco'],
    ['/$hc/caf%C3%A9', 'café', '/caf%C3%A9'],
    ['/$hc/caf\u00c3\u00a9', 'café', '/caf%C3%A9'],
    ['/$hc/café', 'café', '/caf%C3%A9'],
    ['/$hc/a"b\\c', 'a"b\\c', '/a%22b%5Cc'],
    ['/$hc/hyco/', 'hyco/', '/hyco/'],
    ['/$hc//hyco', 'hyco', '//hyco'],
    ['/$hc/', '', '/'],
    ['/$hc', '', '/'],
  ])('at %j is for the path %j', (target, path, rawPath) => {
    expect(parseUpgradeTarget(target)).toMatchObject({ path, rawPath });
  });

  it.each([
    ['?color=red&sb-hc-action=connect', '?color=red'],
    ['?sb-hc-action=connect&sb-hc-token=t', ''],
    ['?a=1&&b&sb-hc-action=connect', '?a=1&&b'],
  ])('with %j leaves the application %j', (query, appQuery) => {
    expect(parseUpgradeTarget(`/$hc/hyco${query}`).appQuery).toBe(appQuery);
  });

  it.each([
    ['SharedAccessSignature%20sr%3Dhttp%253A%252F%252Fx%26sig%3Da%252Bb%253D'],
    ['SharedAccessSignature+sr%3Dhttp%253A%252F%252Fx%26sig%3Da%252Bb%253D'],
    ['+SharedAccessSignature+sr%3Dhttp%253A%252F%252Fx%26sig%3Da%252Bb%253D%20'],
  ])('carries the token %s', (token) => {
    expect(parseUpgradeTarget(`/$hc/hyco?sb-hc-token=${token}`).token).toBe(
      'SharedAccessSignature sr=http%3A%2F%2Fx&sig=a%2Bb%3D',
    );
  });

  it.each([
    ['?null&sb-hc-token=t', '?null'],
    ['?null?sb-hc-token=t', ''],
  ])('in the form of the hyco packages, %s, carries the token', (query, appQuery) => {
    expect(parseUpgradeTarget(`/$hc/hyco${query}`)).toMatchObject({ token: 't', appQuery });
  });

  it('with an empty token or id carries none', () => {
    const target = parseUpgradeTarget('/$hc/hyco?sb-hc-token=&sb-hc-id=');
    expect(target).not.toHaveProperty('token');
    expect(target).not.toHaveProperty('id');
  });

  it('in the form of Azure Arc, the question mark escaped, is read all the same', () => {
    expect(parseUpgradeTarget(`/$hc/microsoft.x/m/v2%3Fsb-hc-action=connect&sb-hc-id=${guid}`)).toEqual({
      action: 'connect',
      path: 'microsoft.x/m/v2',
      rawPath: '/microsoft.x/m/v2',
      appQuery: '',
      id: guid,
    });
  });

  it('keeps an escaped question mark in the path when there is a real one', () => {
    expect(parseUpgradeTarget('/$hc/a%3Fsb-hc-b?sb-hc-action=listen')).toMatchObject({
      action: 'listen',
      path: 'a?sb-hc-b',
    });
  });

  it('keeps line breaks out of the id', () => {
    expect(parseUpgradeTarget('/$hc/hyco?sb-hc-id=a%0d%0ab').id).toBe('ab');
  });

  it.each([
    ['/hyco', 404],
    ['/$hcx/hyco', 404],
    ['', 404],
    ['*', 404],
    ['/$hc/hyco?sb-hc-action=steal', 400],
    ['/$hc/a%zz', 400],
    ['/$hc/a%00b', 400],
    ['/$hc/a\u0000b', 400],
    ['/$hc/a/../b', 400],
    ['/$hc/a/%2e%2E/b', 400],
    ['/$hc/./a', 400],
    [`/$hc/${'x'.repeat(20_000)}`, 414],
  ])('at %j is refused with %i', (target, status) => {
    expect(() => parseUpgradeTarget(target)).toThrow(
      expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL', status }),
    );
  });

  it('gives a value or ERR_RELAY_PROTOCOL, whatever was sent', () => {
    const anything = fc.oneof(
      fc.string({ unit: utf16 }),
      fc
        .array(
          fc.constantFrom(
            '/$hc/',
            'a',
            '/',
            '%',
            '%2F',
            '?',
            '&',
            '=',
            'sb-hc-',
            'action',
            'accept',
            'statusCode',
            '.',
            '%3F',
            'null',
            'é',
            '\ud800',
          ),
        )
        .map((parts) => `/$hc/${parts.join('')}`),
    );
    fc.assert(
      fc.property(anything, (target) => {
        try {
          const { rawPath, appQuery, path } = parseUpgradeTarget(target);
          expect(rawPath + appQuery).toMatch(/^[\x21-\x7e]*$/);
          expect(path).not.toMatch(/\p{Cc}/u);
        } catch (error) {
          expect(error).toBeInstanceOf(RelayError);
          expect(error).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
        }
      }),
    );
  });
});

describe('a dial to a rendezvous address', () => {
  const address = acceptAddress({
    base: 'wss://ns.example:443',
    rawPath: '/hyco',
    appQuery: '?statusCode=1&a=b',
    id: guid,
    secret: 'Zk3x9',
  });
  const dialled = (url: string) => parseUpgradeTarget(url.slice('wss://ns.example:443'.length));

  it('shows its secret and accepts', () => {
    expect(dialled(address)).toEqual({
      action: 'accept',
      path: 'hyco',
      rawPath: '/hyco',
      appQuery: '?statusCode=1&a=b',
      id: guid,
      rendezvous: 'Zk3x9',
    });
  });

  it.each([
    // .NET and Java
    ['&sb-hc-statusCode=403&sb-hc-statusDescription=No+entry+today', 403, 'No entry today'],
    ['&sb-hc-statusCode=403&sb-hc-statusDescription=No%20entry', 403, 'No entry'],
    ['&sb-hc-statusCode=200&sb-hc-statusDescription=OK', 400, 'OK'],
    ['&sb-hc-statusCode=600&sb-hc-statusDescription=', 400, ''],
    ['&sb-hc-statusCode=abc', 400, ''],
    ['&sb-hc-statusCode=0000000000500', 400, ''],
    ['&sb-hc-statusDescription=why', 400, 'why'],
    ['&sb-hc-statusCode=502&sb-hc-statusDescription=a%0d%0aSet-Cookie:%20x%00', 502, 'a Set-Cookie: x'],
    // hyco-websocket, and its older versions
    ['&statusCode=401&statusDescription=no%20entry', 401, 'no entry'],
    ['&statusCode=401&statusDescriptionno%20entry', 401, 'no entry'],
    ['&statusCode=401', 401, ''],
  ])('that ends in %s rejects with %i %j', (end, status, description) => {
    expect(dialled(address + end)).toMatchObject({
      reject: { status, description },
      appQuery: '?statusCode=1&a=b',
    });
  });

  it('is not taken for a reject because of the sender’s own query', () => {
    expect(dialled(address)).not.toHaveProperty('reject');
    expect(dialled(`${address}&statusCode=401&other=1`)).not.toHaveProperty('reject');
  });

  it('counts the listener’s status when a sender smuggled in one that some client decoded', () => {
    expect(
      dialled(
        `wss://ns.example:443/$hc/hyco?sb-hc-statusCode=599&sb-hc-action=accept&sb-hc-rv=x&sb-hc-statusCode=404`,
      ),
    ).toMatchObject({ reject: { status: 404 } });
  });

  it('carries any reject back as it was given', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      maxLength: 400,
    });
    fc.assert(
      fc.property(fc.integer({ min: 400, max: 599 }), text, (status, description) => {
        const { reject, rendezvous } = dialled(rejectAddress(address, status, description));
        expect({ reject, rendezvous }).toEqual({
          reject: { status, description: description.trim() },
          rendezvous: 'Zk3x9',
        });
      }),
    );
  });
});

describe('an address as relays and senders write it', () => {
  it('is read the short way as it is the long way', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_.~%-]{1,6}$/);
    const target = fc
      .tuple(
        fc.array(name, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('connect', 'accept', 'request', 'listen'),
        fc.stringMatching(/^[\w-]{1,66}$/),
        fc.option(fc.stringMatching(/^[\w+-]{1,24}$/), { nil: undefined }),
      )
      .map(
        ([path, action, id, secret]) =>
          `/$hc/${path.join('/')}?sb-hc-action=${action}&sb-hc-id=${id}${secret === undefined ? '' : `&sb-hc-rv=${secret}`}`,
      );
    const outcome = (read: () => unknown) => {
      try {
        return read();
      } catch (error) {
        return (error as RelayError).status;
      }
    };
    fc.assert(
      fc.property(target, (text) => {
        expect(outcome(() => parseUpgradeTarget(text))).toEqual(outcome(() => parseAnyTarget(text)));
      }),
      { numRuns: 500 },
    );
  });
});
