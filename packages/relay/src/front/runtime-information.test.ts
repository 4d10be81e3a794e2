/**
 * What the Hybrid Connection Manager and `hcm test` ask a relay, over HTTP.
 *
 * Source: docs/protocol.md, section 6.3.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Listener, tokenFor } from '../../test/clients.js';
import type { Refused } from '../events.js';
import type { RelayServer } from '../relay-server.js';
import { startRelay } from '../start-relay.js';

let relay: RelayServer;
let base: string;
const events: Refused[] = [];
const CREATED = Date.parse('2024-03-01T10:05:00Z');

beforeAll(async () => {
  relay = await startRelay({
    namespaces: [
      {
        name: 'contoso.example',
        hybridConnections: [
          { name: 'sql', endpoint: 'db01.corp.local:1433' },
          { name: 'noted', endpoint: 'a:1', userMetadata: '<note & "more">' },
          { name: 'open', requiresClientAuthorization: false },
        ],
      },
    ],
    now: () => CREATED,
  });
  base = relay.url.replace(/^ws/, 'http');
  relay.events.on('refused', (event) => events.push(event));
});
afterAll(() => relay.close());

const token = (name: string, policy?: string) =>
  tokenFor(relay, name, { ...(policy && { policy }), now: () => CREATED });

async function ask(path: string, authorization?: string, method = 'GET') {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { 'X-PROCESS-AT': 'ServiceBus', ...(authorization && { Authorization: authorization }) },
  });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

const ENTRY = 'application/atom+xml;type=entry;charset=utf-8';
const FEED = 'application/atom+xml;type=feed;charset=utf-8';

describe('a question about a hybrid connection', () => {
  it('is answered with its properties', async () => {
    await Listener.start(relay, 'sql', { token: token('sql') });
    const { status, type, text } = await ask('/sql?api-version=2016-07', token('sql', 'defaultListener'));
    expect({ status, type }).toEqual({ status: 200, type: ENTRY });
    expect(text).toContain(`<id>${base}/sql?api-version=2016-07</id><title type="text">sql</title>`);
    expect(text).toContain('<author><name>contoso</name></author>');
    expect(text).toContain(
      '<CreatedAt>2024-03-01T10:05:00Z</CreatedAt><UpdatedAt>2024-03-01T10:05:00Z</UpdatedAt><RequiresClientAuthorization>true</RequiresClientAuthorization><UserMetadata>[{&quot;key&quot;:&quot;endpoint&quot;,&quot;value&quot;:&quot;db01.corp.local:1433&quot;}]</UserMetadata><ListenerCount>1</ListenerCount>',
    );
  });

  it('may be asked with any right, and with the token in any place', async () => {
    for (const policy of ['defaultListener', 'defaultSender', 'RootManageSharedAccessKey']) {
      expect(await ask('/SQL', token('sql', policy))).toMatchObject({ status: 200, type: ENTRY });
    }
    const inQuery = `/sql?sb-hc-token=${encodeURIComponent(token('sql'))}&api-version=2016-07`;
    const { text } = await ask(inQuery);
    expect(text).toContain(`<id>${base}/sql?api-version=2016-07</id>`);
  });

  it('tells a note instead of the target, where there is one', async () => {
    expect((await ask('/noted', token('noted'))).text).toContain(
      '<UserMetadata>&lt;note &amp; &quot;more&quot;&gt;</UserMetadata>',
    );
  });

  it('needs a token, even where senders need none', async () => {
    expect(await ask('/open')).toMatchObject({ status: 401 });
    const { text } = await ask('/open', token('open'));
    expect(text).toContain(
      '<RequiresClientAuthorization>false</RequiresClientAuthorization><ListenerCount>0<',
    );
  });

  it.each([
    ['no token', undefined, 'MissingToken'],
    ['a token that is none', 'nonsense', 'MalformedToken'],
    ['a wrong key', () => tokenFor(relay, 'sql', { key: 'wrong', now: () => CREATED }), 'invalid signature'],
    ['a token for elsewhere', () => token('noted'), 'InvalidAudience'],
    ['an old token', () => tokenFor(relay, 'sql', { now: () => CREATED - 5 * 3_600_000 }), 'ExpiredToken'],
  ])('is refused with 401 with %s', async (_, authorization, words) => {
    const { status, type, text } = await ask(
      '/sql',
      typeof authorization === 'function' ? authorization() : authorization,
    );
    expect({ status, type }).toEqual({ status: 401, type: 'application/xml;charset=utf-8' });
    expect(text).toMatch(
      /^<Error><Code>401<\/Code><Detail>.* TrackingId:[0-9a-f-]{36}, .*<\/Detail><\/Error>$/,
    );
    expect(text).toContain(words);
    expect(events.at(-1)).toMatchObject({ action: 'metadata', status: 401, hybridConnection: 'sql' });
  });

  it.each(['/nothing', '/sql/more', '/'])(
    'of the path %s is answered with a feed, as "not found"',
    async (path) => {
      expect(await ask(path, token('sql'))).toMatchObject({ status: 200, type: FEED });
    },
  );

  it('that would change something is refused', async () => {
    for (const method of ['PUT', 'DELETE', 'POST']) {
      const { status, text } = await ask('/sql', token('sql'), method);
      expect(status).toBe(405);
      expect(text).toContain('<Code>405</Code>');
    }
  });

  it('that cannot be read is refused with 400', async () => {
    expect(await ask('/%zz', token('sql'))).toMatchObject({ status: 400 });
  });
});

describe('the root of a namespace', () => {
  it('is an empty feed, for anybody', async () => {
    for (const path of ['', '/', '/?x=1']) {
      const response = await fetch(`${base}${path}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(FEED);
      expect(await response.text()).toMatch(/^<feed .*<\/feed>$/);
    }
    const head = await fetch(`${base}/`, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });
});
