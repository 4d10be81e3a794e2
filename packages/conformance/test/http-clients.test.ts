/** HTTP clients of the sender, in front of ordinary servers behind a tunnel that knows nothing of HTTP. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { forUndici, HybridConnectionAgent, HybridConnectionHttpsAgent } from '@hybridge/sender';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServerCertificate, serverCertificate } from '../src/certificates.js';
import { losingHttp, losingHttps } from '../src/driver-suite/http.js';
import { losses } from '../src/driver-suite/losses.js';
import { requireBuild } from '../src/processes.js';
import { running } from '../src/services/running.js';
import { startWeb } from '../src/services/web.js';
import { Tunnel } from '../src/tunnel.js';

const PROGRAM = fileURLToPath(new URL('./programs/http-exits.mjs', import.meta.url));
const EXIT_TIMEOUT_MS = 15_000;
/** A name that exists nowhere but in the server's certificate. */
const HOST = 'inside.example';

interface Client {
  /** @returns the body of the answer */
  ask(connectionString: string, body?: Buffer): Promise<Buffer>;
  close(): unknown;
}

let certificate: ServerCertificate;

beforeAll(async () => {
  certificate = await serverCertificate([HOST]);
});

function nodeClient(secure: boolean): Client {
  let agent: HybridConnectionAgent | HybridConnectionHttpsAgent | undefined;
  return {
    async ask(connectionString, body) {
      agent ??= secure
        ? new HybridConnectionHttpsAgent(connectionString, { ca: certificate.ca })
        : new HybridConnectionAgent(connectionString);
      const asked = (secure ? https : http).request({
        host: HOST,
        path: '/',
        method: body ? 'POST' : 'GET',
        agent,
      });
      asked.end(body);
      const [answer] = (await once(asked, 'response')) as [http.IncomingMessage];
      return buffer(answer);
    },
    close: () => agent?.destroy(),
  };
}

function undiciClient(secure: boolean): Client {
  let dispatcher: Agent | undefined;
  return {
    async ask(connectionString, body) {
      dispatcher ??= new Agent(forUndici(connectionString, { ca: certificate.ca }));
      const answer = await fetch(`${secure ? 'https' : 'http'}://${HOST}/`, {
        dispatcher,
        ...(body === undefined ? {} : { method: 'POST', body }),
      });
      return Buffer.from(await answer.arrayBuffer());
    },
    close: () => dispatcher?.destroy(),
  };
}

describe.each([
  { name: 'http.Agent', program: 'http', secure: false, make: nodeClient },
  { name: 'https.Agent', program: 'https', secure: true, make: nodeClient },
  { name: 'undici', program: 'undici', secure: false, make: undiciClient },
  { name: 'undici with TLS', program: 'undici-https', secure: true, make: undiciClient },
])('$name through a tunnel', ({ program, secure, make }) => {
  let server: http.Server;
  let tunnel: Tunnel;
  let client: Client;
  let connections = 0;

  beforeAll(async () => {
    const answer: http.RequestListener = (request, response) => {
      if (request.method === 'POST') request.pipe(response);
      else response.end('hello');
    };
    server = secure ? https.createServer(certificate, answer) : http.createServer(answer);
    server.on(secure ? 'secureConnection' : 'connection', () => {
      connections += 1;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    tunnel = await Tunnel.open({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    client = make(secure);
  });
  afterAll(async () => {
    await client?.close();
    await tunnel?.close();
    server?.closeAllConnections();
    server?.close();
  });

  it('gets an answer, and keeps the connection for the next one', async () => {
    expect(String(await client.ask(tunnel.connectionString))).toBe('hello');
    await sleep(50); // undici hands an answer over before its connection is free
    expect(String(await client.ask(tunnel.connectionString))).toBe('hello');
    expect(connections).toBe(1);
  });

  it('carries a large body there and back', async () => {
    const body = Buffer.alloc(10_000_000, 'body');
    expect((await client.ask(tunnel.connectionString, body)).equals(body)).toBe(true);
  });

  it('makes many requests at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) => client.ask(tunnel.connectionString, Buffer.from(`${i}`))),
    );
    expect(answers.map(String)).toEqual(Array.from({ length: 30 }, (_, i) => `${i}`));
  });

  it('is told why there is no connection', async () => {
    const other = make(secure);
    const failure = await other.ask(tunnel.unusedConnectionString).catch((error) => error);
    expect(failure.code === undefined ? failure.cause : failure).toMatchObject({
      code: 'ECONNREFUSED',
      cause: { code: 'ERR_RELAY_NO_LISTENER' },
    });
    other.close();
  });

  it('lets the process exit by itself', async () => {
    requireBuild();
    const { connectionString } = tunnel;
    const argument = JSON.stringify({ client: program, connectionString, ca: certificate.ca });
    const run = promisify(execFile)(process.execPath, [PROGRAM, argument], { timeout: EXIT_TIMEOUT_MS });
    await expect(run).resolves.toMatchObject({ stdout: 'hello\nhello\n', stderr: '' });
  });
});

describe('HTTP clients through a tunnel', () => {
  losses(
    losingHttp,
    running(() => startWeb(false)),
  );
});

describe('HTTPS clients through a tunnel', () => {
  losses(
    losingHttps,
    running(() => startWeb(true)),
  );
});
