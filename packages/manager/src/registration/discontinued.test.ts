import { RelayError, relayErrorFromResponse } from '@hybridge/protocol';
import { describe, expect, it } from 'vitest';
import { Discontinuation, NAME_GONE_MS } from './discontinued.js';

const NO_NAME = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
const gone = new RelayError('ERR_RELAY_CUT', 'The relay cannot be reached', { cause: NO_NAME });
const cut = new RelayError('ERR_RELAY_CUT', 'The relay cannot be reached');

describe('a namespace', () => {
  it('is retired at once when its relay says 410', () => {
    const said = new Discontinuation().failed(relayErrorFromResponse(410, 'Gone'), 'a.test');
    expect(said).toContain('a.test is discontinued');
  });

  it('is retired when its name has been gone for minutes', () => {
    const namespace = new Discontinuation();
    expect(namespace.failed(gone, 'a.test', 0)).toBeUndefined();
    expect(namespace.failed(gone, 'a.test', NAME_GONE_MS - 1)).toBeUndefined();
    expect(namespace.failed(gone, 'a.test', NAME_GONE_MS)).toContain('a.test is gone from the DNS');
  });

  it.each<[string, (namespace: Discontinuation) => void]>([
    ['was there in between', (namespace) => namespace.reached()],
    ['failed otherwise in between', (namespace) => namespace.failed(cut, 'a.test', 1)],
  ])('is not retired when its name %s', (_what, between) => {
    const namespace = new Discontinuation();
    namespace.failed(gone, 'a.test', 0);
    between(namespace);
    expect(namespace.failed(gone, 'a.test', NAME_GONE_MS)).toBeUndefined();
  });

  it('is not retired because the name of a proxy is gone', () => {
    const namespace = new Discontinuation();
    const proxy = new RelayError('ERR_RELAY_PROXY', 'no proxy', { cause: NO_NAME });
    namespace.failed(proxy, 'a.test', 0);
    expect(namespace.failed(proxy, 'a.test', NAME_GONE_MS)).toBeUndefined();
  });
});
