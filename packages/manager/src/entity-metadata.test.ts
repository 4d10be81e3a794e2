import { describe, expect, it } from 'vitest';
import { endpointIn, parseDescription } from './entity-metadata.js';

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

  it.each(['', '<feed></feed>', '<html>'])('is not %j', (text) => {
    expect(parseDescription(text)).toBeUndefined();
  });
});

describe('an endpoint in user metadata', () => {
  it.each([
    ['[{"key":"endpoint","value":"db01.corp.example:1433"}]', { host: 'db01.corp.example', port: 1433 }],
    ['[{"Key":"Endpoint","Value":"DB01:1433"}]', { host: 'db01', port: 1433 }],
    ['[{"key":"note","value":"x"},{"key":"endpoint","value":"10.0.0.7:1"}]', { host: '10.0.0.7', port: 1 }],
  ])('%s is read', (text, target) => {
    expect(endpointIn(text)).toEqual(target);
  });

  it.each([
    [undefined, 'says no endpoint'],
    ['', 'says no endpoint'],
    ['[]', 'says no endpoint'],
    ['{"key":"endpoint"}', 'says no endpoint'],
    ['[null,{"key":"endpoint","value":7}]', 'says no endpoint'],
    ['endpoint=a:1', 'is not JSON'],
    ['[{"key":"endpoint","value":"db01"}]', '"db01" is not host:port'],
    ['[{"key":"endpoint","value":"a:1:2"}]', '"a:1:2" is not host:port'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => endpointIn(text)).toThrow(message);
  });
});
