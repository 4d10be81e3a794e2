import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { httpFront } from './http-front.js';

function chosenFor(method: string, url: string, headers: Record<string, string> = {}): string {
  let chosen = '';
  const handler = (name: string) => () => {
    chosen = name;
  };
  const front = httpFront({
    metadata: handler('metadata'),
    root: handler('root'),
    notWebSocket: handler('notWebSocket'),
    relayed: handler('relayed'),
  });
  front({ method, url, headers } as unknown as IncomingMessage, {} as ServerResponse, false);
  return chosen;
}

describe('a plain HTTP request', () => {
  it.each([
    ['GET', '/sql', 'relayed'],
    ['POST', '/sql/orders?x=1', 'relayed'],
    ['GET', '/sql?api-version=2016-07', 'relayed'],
    ['GET', '/$hcx', 'relayed'],
    ['POST', '/', 'relayed'],
    ['OPTIONS', '*', 'relayed'],
    ['GET', '/', 'root'],
    ['HEAD', '/?x=1', 'root'],
    ['GET', '', 'root'],
    ['GET', '/$hc/sql', 'notWebSocket'],
    ['POST', '/%24HC?sb-hc-action=connect', 'notWebSocket'],
  ])('%s %s is for %s', (method, url, expected) => {
    expect(chosenFor(method, url)).toBe(expected);
  });

  it.each(['ServiceBus', ' servicebus '])('with X-PROCESS-AT: %s is for the relay itself', (value) => {
    expect(chosenFor('GET', '/sql?api-version=2016-07', { 'x-process-at': value })).toBe('metadata');
    expect(chosenFor('GET', '/', { 'x-process-at': value })).toBe('metadata');
  });

  it('with any other X-PROCESS-AT is not', () => {
    expect(chosenFor('GET', '/sql', { 'x-process-at': 'Elsewhere' })).toBe('relayed');
  });
});
