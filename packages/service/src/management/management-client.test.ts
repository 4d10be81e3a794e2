import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ManagementClient, pathOf, pathOfId } from './management-client.js';

/** A client of whoever answers so, below a path of its own. */
async function clientOf(answer: RequestListener): Promise<ManagementClient> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/below/`);
  return new ManagementClient(base, 'the-token');
}

/** Answers each request with the next of the bodies. */
async function answering(...bodies: readonly object[]) {
  const asked: IncomingMessage[] = [];
  const client = await clientOf((request, response) => {
    asked.push(request);
    response.end(JSON.stringify(bodies[asked.length - 1]));
  });
  return { client, asked };
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

describe('what answers like no relay', () => {
  const strange = expect.objectContaining({ code: 'ERR_ADMIN_ANSWER' });

  it.each([
    ['a list that never ends', { value: [], nextLink: 'http://a/?$skipToken=again' }],
    ['a list that is none', { value: 'x' }],
  ])('with %s is left', async (_, page) => {
    const client = new ManagementClient(new URL('http://127.0.0.1/'), 'the-token');
    vi.spyOn(client, 'ask').mockResolvedValue(page);
    await expect(client.all('/things', {})).rejects.toThrow(strange);
  });

  it('with words that would move a cursor is quoted without', async () => {
    const client = await clientOf((_, response) => {
      const message = `No.\u001b[2J\n${'x'.repeat(2_000)}`;
      response
        .writeHead(404)
        .end(JSON.stringify({ error: { code: 'NotFound', message, target: '\u009b1m' } }));
    });
    const message = expect.stringMatching(/^No\. \[2J x{900,1000}… \( 1m\)$/);
    await expect(client.ask('GET', '/x')).rejects.toThrow(expect.objectContaining({ message }));
  });

  it('with an answer that never ends is cut off', async () => {
    let left = () => {};
    const isLeft = new Promise<void>((resolve) => {
      left = resolve;
    });
    const client = await clientOf((_, response) => {
      response.on('close', left);
      const block = Buffer.alloc(1_048_576, 'x');
      const more = () => response.write(block, () => void setImmediate(more));
      more();
    });
    await expect(client.ask('GET', '/api/inventory')).rejects.toThrow(strange);
    await isLeft;
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
