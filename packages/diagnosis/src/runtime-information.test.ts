import { describe, expect, it } from 'vitest';
import { readRuntimeInformation } from './runtime-information.js';

const entry = (inside: string) =>
  `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><HybridConnectionDescription xmlns="x">${inside}</HybridConnectionDescription></content></entry>`;
const metadata = (text: string) => entry(`<UserMetadata>${text}</UserMetadata>`);

describe("a relay's document", () => {
  it('says who listens, whether senders need a key, and the endpoint', () => {
    const text =
      '<RequiresClientAuthorization>true</RequiresClientAuthorization><UserMetadata>' +
      '[{&quot;key&quot;:&quot;endpoint&quot;,&quot;value&quot;:&quot;db01.corp.example:1433&quot;}]</UserMetadata>' +
      '<ListenerCount>2</ListenerCount>';
    expect(readRuntimeInformation(entry(text))).toEqual({
      listenerCount: 2,
      requiresClientAuthorization: true,
      endpoint: 'db01.corp.example:1433',
    });
  });

  it('is no description when it is a feed', () => {
    expect(readRuntimeInformation('<feed xmlns="http://www.w3.org/2005/Atom"></feed>')).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['a note', 'the old database'],
    ['an object', '{"endpoint":"a:1"}'],
    ['a list without one', '[1,null,{"key":"other","value":"a:1"}]'],
    ['a number', '[{"key":"endpoint","value":1}]'],
    ['a reference to no character', '&#x110000;'],
  ])('has no endpoint where the metadata is %s', (_, text) => {
    expect(readRuntimeInformation(metadata(text))?.endpoint).toBeUndefined();
  });
});
