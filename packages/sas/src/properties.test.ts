/**
 * What holds for any input: agreement with Node's own HMAC, round trips, and the errors of the parsers.
 * @module
 */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  audienceOf,
  type ConnectionString,
  createToken,
  formatConnectionString,
  parseConnectionString,
  parseToken,
  redactConnectionString,
  SasError,
  verifyToken,
} from './index.js';
import { equalBytes, sign } from './keys.js';

/** Well-formed Unicode, all of it. */
const unicode = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength });
/** A value that a connection string can carry. */
const value = unicode(200).filter(
  (text) => text.trim() === text && text !== '' && !text.includes(';') && text.length <= 256,
);
const pathName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,20}$/);
const seconds = fc.integer({ min: 0, max: 4_000_000_000 });
/** Text made of what the parsers look for, so that they get past their first line. */
const nearly = (words: readonly string[]) =>
  fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 6 })), {
      maxLength: 24,
    })
    .map((parts) => parts.join(''));

function onlySasError(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(SasError);
  }
}

describe('a signature', () => {
  it("is node:crypto's HMAC-SHA256", () => {
    fc.assert(
      fc.property(unicode(300), seconds, unicode(300), (resource, time, key) => {
        const expected = createHmac('sha256', Buffer.from(key, 'utf8'))
          .update(`${resource}\n${time}`, 'utf8')
          .digest();
        expect(equalBytes(sign(resource, String(time), key), expected)).toBe(true);
      }),
    );
  });
});

describe('a token', () => {
  it('is read back as it was made, and verifies', () => {
    fc.assert(
      fc.property(unicode(200), unicode(120), unicode(120), seconds, (resource, keyName, key, time) => {
        const token = parseToken(
          createToken({ resource, keyName, key, ttlSeconds: 1, now: () => time * 1000 }),
        );
        expect(token.audience).toBe(resource);
        expect(token.keyNameDecoded).toBe(keyName);
        expect(token.expiresAt).toEqual(new Date((time + 1) * 1000));
        expect(verifyToken(token, key)).toBe(true);
        expect(verifyToken(token, `${key}!`)).toBe(false);
      }),
    );
  });

  it('is refused with a SasError only, whatever the text is', () => {
    const words = [
      'SharedAccessSignature ',
      'sr=',
      'sig=',
      'se=',
      'skn=',
      '&',
      '%',
      '%2F',
      '1700003600',
      '+',
      ' ',
    ];
    fc.assert(fc.property(nearly(words), (text) => onlySasError(() => verifyToken(parseToken(text), 'key'))));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        onlySasError(() =>
          verifyToken(parseToken(`SharedAccessSignature sr=a&se=1&sig=${text}&skn=b`), 'key'),
        ),
      ),
    );
  });
});

describe('a connection string', () => {
  const credential = fc.oneof(
    fc.record({ sharedAccessKeyName: value, sharedAccessKey: value }),
    fc.record({ sharedAccessSignature: value }),
    fc.record({ authentication: fc.constantFrom('Managed Identity', 'ManagedIdentity') }),
    fc.constant({}),
  );
  const connection: fc.Arbitrary<ConnectionString> = fc
    .tuple(
      fc.constantFrom('sb', 'wss', 'https', 'ws', 'http'),
      fc.domain(),
      fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
      fc.record(
        {
          entityPath: fc.array(pathName, { minLength: 1, maxLength: 3 }).map((names) => names.join('/')),
          operationTimeoutMs: fc.integer({ min: 1, max: 2_147_483_647 }),
        },
        { requiredKeys: [] },
      ),
      credential,
    )
    .map(([scheme, host, port, rest, secret]) => ({
      endpoint: new URL(`${scheme}://${host}${port === undefined ? '' : `:${port}`}/`),
      ...rest,
      ...secret,
    }));

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(connection, (written) => {
        expect(parseConnectionString(formatConnectionString(written))).toEqual(written);
      }),
    );
  });

  it('is read the same in any order and case', () => {
    fc.assert(
      fc.property(connection, fc.infiniteStream(fc.nat()), (written, random) => {
        const parts = formatConnectionString(written).split(';');
        const order = parts.map((part) => [random.next().value, part] as const).sort(([a], [b]) => a - b);
        const text = order.map(([, part]) => part.replace(/^\w+/, (key) => key.toLowerCase())).join(';');
        expect(parseConnectionString(text)).toEqual(written);
      }),
    );
  });

  it('is refused with a SasError only, whatever the text is', () => {
    const words = [
      'Endpoint=',
      'sb://',
      'h',
      '/',
      ';',
      '=',
      'EntityPath=',
      'SharedAccessKey',
      'Name=',
      'OperationTimeout=',
      '00:01:00',
      '[',
      '%',
    ];
    fc.assert(fc.property(nearly(words), (text) => onlySasError(() => parseConnectionString(text))));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (host, path) => {
        onlySasError(() => parseConnectionString(`Endpoint=sb://${host}`));
        onlySasError(() => audienceOf(`sb://${host}`, path));
      }),
    );
  });

  it('gives an audience for whatever endpoint and path it takes', () => {
    fc.assert(
      fc.property(connection, ({ endpoint, entityPath }) => {
        expect(audienceOf(endpoint, entityPath)).toBe(
          `http://${endpoint.hostname}/${entityPath === undefined ? '' : `${entityPath}/`}`,
        );
      }),
    );
  });

  it('holds no secret once it is redacted, even with a wrong separator or a wrong key', () => {
    const secret = fc.base64String({ minLength: 43, maxLength: 44 }).map((text) => text.slice(0, 43));
    const separator = fc.constantFrom(';', ' ', ',', '\n', '', '&', '; ');
    const assign = fc.constantFrom('=', ':', ' = ', '', '==');
    const key = fc.constantFrom(
      'SharedAccessKey',
      'sharedaccesskey',
      'SharedAccesKey',
      'Key',
      '',
      'SharedAccessSignature',
    );
    fc.assert(
      fc.property(secret, separator, assign, key, (hidden, apart, is, name) => {
        const text = ['Endpoint=sb://h/', `${name}${is}${hidden}`, 'EntityPath=hyco'].join(apart);
        expect(redactConnectionString(text)).not.toContain(hidden);
      }),
    );
  });
});
