/** What holds for the HTTP of any sender and any listener. */
import { validateHeaderName, validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFromRelay, parseFromRelay } from './control-message.js';
import { RelayError } from './errors.js';
import { isHopByHop, parseHttpTarget, relayedRequestHeaders } from './http-request.js';
import { parseStatusCode, relayedResponseHeaders } from './http-response.js';

const namespaceHost = 'ns.example';
/** Names that mean something, in any case, and any others. */
const name = fc.oneof(
  fc.mixedCase(
    fc.constantFrom(
      ...['host', 'via', 'connection', 'cookie', 'set-cookie', 'authorization', 'servicebusauthorization'],
      ...['te', 'expect', 'upgrade', 'content-length', 'transfer-encoding', 'keep-alive', 'x-a', '__proto__'],
    ),
  ),
  fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/),
);
const latin1 = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 20 });
const value = fc.oneof(
  fc.stringMatching(/^[\x20-\x7e]{0,20}$/),
  fc.constantFrom('close', 'x-a', 'X-A, host', 'keep-alive, via', 'upgrade,,cookie'),
);

describe('the headers of a request on their way to a listener', () => {
  const pairs = fc.array(fc.tuple(name, value), { maxLength: 12 });

  it('are each name once, with all its values, and none that is not for the listener', () => {
    fc.assert(
      fc.property(pairs, fc.boolean(), (sent, dropAuthorization) => {
        const headers = relayedRequestHeaders(sent.flat(), { namespaceHost, dropAuthorization });
        const named = sent
          .filter(([key]) => key.toLowerCase() === 'connection')
          .flatMap(([, list]) => list.toLowerCase().split(','))
          .map((each) => each.trim());
        const keys = Object.keys(headers).map((key) => key.toLowerCase());
        expect(new Set(keys).size).toBe(keys.length);
        for (const [key, got] of Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v] as const)) {
          if (key === 'via') {
            expect(got.endsWith(`1.1 ${namespaceHost}`)).toBe(true);
            continue;
          }
          const values = sent.filter(([each]) => each.toLowerCase() === key).map(([, each]) => each);
          expect(got).toBe(key === 'host' ? values[0] : values.join(key === 'cookie' ? '; ' : ', '));
          expect(isHopByHop(key) || key === 'servicebusauthorization').toBe(false);
          expect(dropAuthorization && key === 'authorization').toBe(false);
          expect(key !== 'host' && named.includes(key)).toBe(false);
        }
      }),
    );
  });

  it('survive the control channel', () => {
    fc.assert(
      fc.property(pairs, (sent) => {
        const requestHeaders = relayedRequestHeaders(sent.flat(), { namespaceHost, dropAuthorization: true });
        const message = {
          type: 'request' as const,
          id: 'r',
          requestTarget: '/hyco',
          method: 'GET',
          requestHeaders,
          remoteEndpoint: { address: '127.0.0.1', port: 1 },
          address: 'wss://ns.example/$hc/hyco?sb-hc-action=request&sb-hc-id=r',
          body: false,
        };
        expect(parseFromRelay(formatFromRelay(message))).toMatchObject({ requestHeaders });
      }),
    );
  });
});

describe('the headers of a response on their way to a sender', () => {
  it('are such as Node would send, whatever a listener gave', () => {
    const anyName = fc.oneof(name, latin1, fc.string({ unit: 'binary', maxLength: 8 }));
    const anyText = fc.oneof(value, latin1, fc.string({ unit: 'binary', maxLength: 8 }));
    const given = fc.dictionary(anyName, fc.oneof(anyText, fc.array(anyText, { maxLength: 3 })), {
      maxKeys: 10,
    });
    fc.assert(
      fc.property(given, (headers) => {
        const relayed = relayedResponseHeaders(headers, { namespaceHost });
        for (const [key, values] of relayed) {
          expect(() => validateHeaderName(key)).not.toThrow();
          for (const each of [values].flat()) expect(() => validateHeaderValue(key, each)).not.toThrow();
          expect(isHopByHop(key.toLowerCase())).toBe(false);
        }
        expect(relayed.filter(([key]) => key.toLowerCase() === 'via')).toHaveLength(1);
      }),
    );
  });

  it('come with a status that is a final one, or are refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer(), fc.double(), fc.string({ maxLength: 5 }), fc.nat(1200)),
        (status) => {
          try {
            const code = parseStatusCode(status);
            expect(Number.isInteger(code) && code >= 200 && code <= 999).toBe(true);
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_RELAY_PROTOCOL' });
          }
        },
      ),
    );
  });
});

describe('the target of a request', () => {
  const part = fc.constantFrom(
    ...['/', 'a', 'hyco', '%', '%2F', '%3F', '?', '&', '=', '#', '.', '..', '+', '%20', 'é', '\xff', ' '],
    ...['sb-hc-', 'sb-hc-token=x', 'sb-hc-id=1', '%73b-hc-id=2', 'http://h', '%3Fsb-hc-id=3', '\n', '\\'],
  );
  const anything = fc.oneof(
    latin1,
    fc.array(part).map((parts) => parts.join('')),
  );

  it('reads the same again once it has been read, or is refused with a status', () => {
    fc.assert(
      fc.property(anything, (text) => {
        try {
          const { path, requestTarget, appQuery } = parseHttpTarget(text);
          expect(requestTarget).toMatch(/^[\x21-\x7e]*$/);
          expect(path).not.toMatch(/\p{Cc}/u);
          // A name with no `=` is not a pair, and the application's.
          expect(appQuery).not.toMatch(/(?:^\?|&)sb-hc-[^=&]*=/i);
          // An escaped question mark before a pair of the relay's is one only where there is no other.
          if (/%3Fsb-hc-/i.test(requestTarget)) return;
          expect(parseHttpTarget(requestTarget)).toMatchObject({ path, requestTarget, appQuery });
        } catch (error) {
          if (!(error instanceof RelayError)) throw error;
          expect(error.code).toBe('ERR_RELAY_PROTOCOL');
          expect([400, 414]).toContain(error.status);
        }
      }),
    );
  });
});
