import { describe, expect, it } from 'vitest';
import { endpointIn, parseDescription } from './entity-description.js';

const entry = (inside: string) =>
  `<entry xmlns="http://www.w3.org/2005/Atom"><content type="application/xml"><HybridConnectionDescription xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect">${inside}</HybridConnectionDescription></content></entry>`;

describe("a relay's description", () => {
  it('is read', () => {
    expect(
      parseDescription(
        entry(
          '<CreatedAt>2030-03-01T10:05:00Z</CreatedAt><UpdatedAt>2030-03-02T10:05:00Z</UpdatedAt><RequiresClientAuthorization>true</RequiresClientAuthorization><UserMetadata>[{&quot;key&quot;:&#34;endpoint&#x22;,"value":"a&amp;b"}]</UserMetadata><ListenerCount>3</ListenerCount>',
        ),
      ),
    ).toEqual({
      createdAt: new Date('2030-03-01T10:05:00Z'),
      updatedAt: new Date('2030-03-02T10:05:00Z'),
      requiresClientAuthorization: true,
      userMetadata: '[{"key":"endpoint","value":"a&b"}]',
      listenerCount: 3,
    });
  });

  it('may say nothing', () => {
    expect(parseDescription(entry('<CreatedAt>soon</CreatedAt>'))).toEqual({
      createdAt: undefined,
      updatedAt: undefined,
      requiresClientAuthorization: undefined,
      userMetadata: undefined,
      listenerCount: undefined,
    });
  });

  it('takes no longer for being no XML', () => {
    const begun = '<HybridConnectionDescription ';
    const text = `${begun}${'<UserMetadata '.repeat(100_000)}`;
    // What is tried again at each of them takes minutes.
    expect(parseDescription(text)).toMatchObject({ userMetadata: undefined });
  });

  it.each(['', '<feed></feed>', '<html>'])('is not %j', (text) => {
    expect(parseDescription(text)).toBeUndefined();
  });
});

describe('an endpoint in user metadata', () => {
  it.each([
    ['[{"key":"endpoint","value":"db01.corp.example:1433"}]', 'db01.corp.example:1433'],
    ['[{"Key":"Endpoint","Value":"DB01:1433"}]', 'db01:1433'],
    ['[{"key":"note","value":"x"},{"key":"endpoint","value":"10.0.0.7:1"}]', '10.0.0.7:1'],
    ['[{"key":"endpoint","value":"db01"}]', 'db01'],
  ])('%s is read', (text, endpoint) => {
    expect(endpointIn(text)).toEqual({ endpoint, isReadable: true });
  });

  it.each([undefined, '', '[]', '{"key":"endpoint"}', '[null,{"key":"endpoint","value":7}]'])(
    'may be missing: %j',
    (text) => {
      expect(endpointIn(text)).toEqual({ endpoint: undefined, isReadable: true });
    },
  );

  it('may be nothing that can be read', () => {
    expect(endpointIn('endpoint=a:1')).toEqual({ endpoint: undefined, isReadable: false });
  });
});
