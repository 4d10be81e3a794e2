import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { askRelay } from './ask-relay.js';

const KEY = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=';
const ENTRY =
  '<entry><content><HybridConnectionDescription xmlns="x"><UserMetadata>[]</UserMetadata></HybridConnectionDescription></content></entry>';

async function asking(status: number, body: string, asked: IncomingMessage[] = []) {
  const server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const connectionString = `Endpoint=ws://127.0.0.1:${port}/;SharedAccessKeyName=l;SharedAccessKey=${KEY};EntityPath=a/b c`;
  return askRelay({ connectionString, signal: new AbortController().signal });
}

describe('a relay that is asked about a hybrid connection', () => {
  it('is asked as .NET asks it', async () => {
    const asked: IncomingMessage[] = [];
    expect((await asking(200, ENTRY, asked)).userMetadata).toBe('[]');
    expect(asked[0]?.url).toBe('/a/b%20c?api-version=2016-07');
    expect(asked[0]?.headers).toMatchObject({
      'x-process-at': 'ServiceBus',
      authorization: expect.stringMatching(/^SharedAccessSignature /),
    });
  });

  it.each([
    [200, '<feed xmlns="x"></feed>', 'ERR_RELAY_ENDPOINT_NOT_FOUND'],
    [404, '', 'ERR_RELAY_ENDPOINT_NOT_FOUND'],
    [401, '<Error><Code>401</Code><Detail>MalformedToken</Detail></Error>', 'ERR_RELAY_UNAUTHORIZED'],
    [403, '', 'ERR_RELAY_FORBIDDEN'],
    [410, '<Error><Code>410</Code><Detail>Retired in May</Detail></Error>', 'ERR_RELAY_REJECTED'],
    [503, '', 'ERR_RELAY_BUSY'],
    [200, '<html>', 'ERR_RELAY_PROTOCOL'],
    [200, 'x'.repeat(100_000), 'ERR_RELAY_PROTOCOL'],
  ])('and answers %i %s', async (status, body, code) => {
    await expect(asking(status, body)).rejects.toMatchObject({ code });
  });

  it('and is out of reach', async () => {
    const connectionString = `Endpoint=ws://127.0.0.1:1/;SharedAccessKeyName=l;SharedAccessKey=${KEY};EntityPath=a`;
    const asked = askRelay({ connectionString, signal: new AbortController().signal });
    await expect(asked).rejects.toMatchObject({
      code: 'ERR_RELAY_CUT',
      cause: expect.objectContaining({ code: 'ECONNREFUSED' }),
    });
  });
});
