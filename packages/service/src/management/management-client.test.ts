import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ManagementClient, pathOf, pathOfId } from './management-client.js';

/** Answers each request with the next of the bodies. */
async function answering(...bodies: readonly object[]) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    response.end(JSON.stringify(bodies[asked.length - 1]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/below/`);
  return { client: new ManagementClient(base, 'the-token'), asked };
}

describe('a list in pages', () => {
  it('is asked for to its end at the address that was given, wherever the links lead', async () => {
    const { client, asked } = await answering(
      { value: [1], nextLink: 'https://evil.example/steal?api-version=x&$skipToken=YQ' },
      { value: [2] },
    );
    expect(await client.all('/things', { 'api-version': '2021-11-01' })).toEqual([1, 2]);
    expect(asked.map(({ url }) => url)).toEqual([
      '/below/things?api-version=2021-11-01',
      '/below/things?api-version=2021-11-01&%24skipToken=YQ',
    ]);
    expect(asked.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer the-token',
      'Bearer the-token',
    ]);
  });
});

describe('a path', () => {
  it('keeps a slash within a name', () => {
    expect(pathOf('a b', 'c/d', 'e~f', 'ü?#')).toBe('/a%20b/c%2Fd/e~f/%C3%BC%3F%23');
    expect(pathOfId('/subscriptions/S 1/resourceGroups/x')).toBe('/subscriptions/S%201/resourceGroups/x');
  });

  it.each(['.', '..'])('does not go where %j would lead', (name) => {
    expect(() => pathOf('a', name)).toThrow(expect.objectContaining({ code: 'ERR_ADMIN_INVALID' }));
  });
});
