import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConnectionString } from '@hybridge/sas';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cert, key } from '../../test/certificate.js';
import type { RelayConfig } from '../config/options.js';
import { RelayServer } from '../relay-server.js';
import { connectionStringOf } from './connection-string-of.js';

const TLS = { cert: 'x', key: 'x' };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'hybridge-relay-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function config(rest: RelayConfig = {}, name = 'relay.example.net'): RelayConfig {
  return { namespaces: [{ name, hybridConnections: [{ name: 'sql' }] }], ...rest };
}

describe('a connection string', () => {
  it.each<[string, RelayConfig]>([
    ['plain', config()],
    ['with TLS', config({ listen: { tls: { cert, key } } })],
    ['on all interfaces', config({ listen: { host: '0.0.0.0' } })],
    ['with a public address', config({ publicUrl: 'wss://public.example' })],
    [
      'with several namespaces',
      { namespaces: [{ name: 'a.example', hybridConnections: [{ name: 'sql' }] }, { name: 'b.example' }] },
    ],
    [
      'with several namespaces behind a public address',
      {
        publicUrl: 'wss://public.example:8443',
        namespaces: [{ name: 'a.example', hybridConnections: [{ name: 'sql' }] }, { name: 'b.example' }],
      },
    ],
  ])('is the same whether the relay runs or not: %s', async (_, given) => {
    const kept = { ...given, dataDir: folder() };
    const relay = new RelayServer({ ...kept, listen: { ...kept.listen, port: 0 } });
    onTestFinished(() => relay.close());
    const { url } = await relay.listen();
    const listen = { ...kept.listen, port: Number(new URL(url).port) };
    const policy = 'defaultSender';
    expect(relay.connectionString('sql', policy)).toBe(
      await connectionStringOf({ ...kept, listen }, 'sql', { policy }),
    );
  });
});

describe('a connection string of a relay that does not run', () => {
  it('is the one that it will have', async () => {
    const kept = config({ dataDir: folder() });
    const before = await connectionStringOf(kept, 'SQL', { policy: 'defaultSender' });
    const relay = new RelayServer({ ...kept, listen: { port: 0 } });
    onTestFinished(() => relay.close());
    await relay.listen();
    const running = relay.connectionString('sql', 'defaultSender');
    expect(keyOf(before)).toBe(keyOf(running));
    expect(keyOf(await connectionStringOf(kept, 'sql', { policy: 'defaultSender' }))).toBe(keyOf(before));
  });

  it('can have the secondary key, or be of a policy of the namespace', async () => {
    const kept = config({ dataDir: folder() });
    const texts = await Promise.all([
      connectionStringOf(kept, 'sql', { policy: 'defaultSender', key: 'secondary' }),
      connectionStringOf(kept, 'sql', { policy: 'RootManageSharedAccessKey' }),
    ]);
    expect(texts.map((text) => parseConnectionString(text).sharedAccessKeyName)).toEqual([
      'defaultSender',
      'RootManageSharedAccessKey',
    ]);
  });

  it.each<[string, RelayConfig]>([
    ['ws://127.0.0.1:8080/', config()],
    ['ws://10.0.0.7:9090/', config({ listen: { host: '10.0.0.7', port: 9090 } })],
    ['ws://[::1]:8080/', config({ listen: { host: '::1' } })],
    ['ws://relay.example.net:8080/', config({ listen: { host: '0.0.0.0' } })],
    ['sb://relay.example.net:8080', config({ listen: { tls: TLS } })],
    ['sb://relay.example.net', config({ listen: { port: 443, tls: TLS } })],
    ['ws://public.example:81/', config({ publicUrl: 'ws://public.example:81' })],
    ['sb://public.example', config({ publicUrl: 'wss://public.example' })],
  ])('says %s', async (endpoint, given) => {
    const text = await connectionStringOf(given, 'sql', { policy: 'defaultSender' });
    expect(text).toContain(`Endpoint=${endpoint}`);
  });

  it.each<[string, RelayConfig, string, string]>([
    ['there is no hybrid connection web', config(), 'web', 'defaultSender'],
    ['sql has no policy nobody', config(), 'sql', 'nobody'],
    ['listen.port is 0', config({ listen: { port: 0 } }), 'sql', 'defaultSender'],
  ])('does not exist: %s', async (message, given, name, policy) => {
    await expect(connectionStringOf(given, name, { policy })).rejects.toMatchObject({
      code: 'ERR_RELAY_CONFIG',
      message: expect.stringContaining(message),
    });
  });
});

function keyOf(text: string): string | undefined {
  return parseConnectionString(text).sharedAccessKey;
}
