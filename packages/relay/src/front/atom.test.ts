import { describe, expect, it } from 'vitest';
import { atomError, emptyFeed, escapeXml, hybridConnectionEntry } from './atom.js';

const hyco = {
  url: 'https://contoso.servicebus.windows.net/hyco?api-version=2016-07',
  name: 'hyco',
  namespace: 'contoso',
  createdAt: new Date('2024-03-01T10:05:00.123Z'),
  updatedAt: new Date('2024-03-01T10:06:00Z'),
  requiresClientAuthorization: true,
  userMetadata: '[{"key":"endpoint","value":"db01.corp.local:1433"}]',
  listenerCount: 1,
};

describe('the entry of a hybrid connection', () => {
  it('is what .NET reads, to the byte', () => {
    expect(hybridConnectionEntry(hyco)).toBe(
      '<entry xmlns="http://www.w3.org/2005/Atom"><id>https://contoso.servicebus.windows.net/hyco?api-version=2016-07</id><title type="text">hyco</title><published>2024-03-01T10:05:00Z</published><updated>2024-03-01T10:06:00Z</updated><author><name>contoso</name></author><link rel="self" href="https://contoso.servicebus.windows.net/hyco?api-version=2016-07"/><content type="application/xml"><HybridConnectionDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><CreatedAt>2024-03-01T10:05:00Z</CreatedAt><UpdatedAt>2024-03-01T10:06:00Z</UpdatedAt><RequiresClientAuthorization>true</RequiresClientAuthorization><UserMetadata>[{&quot;key&quot;:&quot;endpoint&quot;,&quot;value&quot;:&quot;db01.corp.local:1433&quot;}]</UserMetadata><ListenerCount>1</ListenerCount></HybridConnectionDescription></content></entry>',
    );
  });

  it('has the elements in the order of the contract, and none for a note that is not there', () => {
    const elements = (text: string) =>
      [...text.slice(text.indexOf('<HybridConnectionDescription')).matchAll(/<([A-Z]\w+)>/g)].map(
        ([, name]) => name,
      );
    expect(elements(hybridConnectionEntry(hyco))).toEqual([
      'CreatedAt',
      'UpdatedAt',
      'RequiresClientAuthorization',
      'UserMetadata',
      'ListenerCount',
    ]);
    expect(elements(hybridConnectionEntry({ ...hyco, userMetadata: undefined }))).not.toContain(
      'UserMetadata',
    );
  });

  it('escapes what was put into it', () => {
    const text = hybridConnectionEntry({
      ...hyco,
      url: 'https://a/b?c=1&d="<',
      userMetadata: `</UserMetadata><ListenerCount>9</ListenerCount>&'"\u0000\uFFFE`,
    });
    expect(text).toContain('<id>https://a/b?c=1&amp;d=&quot;&lt;</id>');
    expect(text).toContain('href="https://a/b?c=1&amp;d=&quot;&lt;"');
    expect(text).toContain(
      '<UserMetadata>&lt;/UserMetadata&gt;&lt;ListenerCount&gt;9&lt;/ListenerCount&gt;&amp;&apos;&quot;</UserMetadata>',
    );
  });
});

describe('other documents', () => {
  it('are an empty feed and an error', () => {
    const at = new Date('2024-03-01T10:05:00Z');
    expect(emptyFeed({ url: 'https://a/', title: 'A & B', at })).toBe(
      '<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">A &amp; B</title><id>https://a/</id><updated>2024-03-01T10:05:00Z</updated><link rel="self" href="https://a/"/></feed>',
    );
    expect(atomError(401, 'No <token>.')).toBe(
      '<Error><Code>401</Code><Detail>No &lt;token&gt;.</Detail></Error>',
    );
  });
});

describe('XML', () => {
  it.each([
    ['a\r\nb\tc', 'a&#xD;\nb\tc'],
    ['\u{1F600}', '\u{1F600}'],
    ['\ud800x', 'x'],
    ['\u0007', ''],
  ])('takes %j as %j', (text, escaped) => {
    expect(escapeXml(text)).toBe(escaped);
  });
});
