/**
 * A diagnosis on a machine that trusts the authority of a proxy which inspects TLS. In a file of its own: Node reads the
 * machine's store once in the life of a process, and where it is has to be said before.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { diagnose, type Step } from '@hybridge/diagnosis';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { serverCertificate } from '../src/certificates.js';

const RELAY = 'relay.test';
/** Before Node 22.15 there is no way to see the store; on other systems it is not a file. */
const canChoose = 'getCACertificates' in tls && process.platform === 'linux';

const lookup: net.LookupFunction = (_, __, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }]);

describe('on a machine that trusts the authority of its gateway, a diagnosis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-store-'));
  let relay: RelayServer;

  beforeEach(({ skip }) => skip(!canChoose, 'it takes Linux, and Node 22.15 or newer'));

  beforeAll(async () => {
    const gateway = await serverCertificate([RELAY], 'CN=Gateway CA, O=Example Corp');
    writeFileSync(join(folder, 'store.pem'), gateway.ca);
    process.env.SSL_CERT_FILE = join(folder, 'store.pem');
    relay = await startRelay({
      listen: { tls: { cert: gateway.cert, key: gateway.key } },
      namespaces: [{ name: RELAY, hybridConnections: [{ name: 'db' }] }],
    });
  });
  afterAll(async () => {
    await relay.close({ graceMs: 0 });
    rmSync(folder, { recursive: true });
  });

  async function tlsStep(systemCa: boolean): Promise<Step | undefined> {
    const connectionString = relay.connectionString('db', 'defaultSender');
    for await (const step of diagnose({ connectionString, right: 'send', env: {}, lookup, systemCa })) {
      if (step.name === 'tls') return step;
    }
    return undefined;
  }

  it('says that Node has to be told', async () => {
    const step = await tlsStep(false);
    expect(step).toMatchObject({ outcome: 'failed', detail: { trustedBy: 'machine' } });
    expect(step?.advice).toMatch(
      /^This machine trusts that authority, and Node was not told to: --system-ca/,
    );
  });

  it('says whose authority it was, once Node is told', async () => {
    const step = await tlsStep(true);
    expect(step).toMatchObject({ outcome: 'ok', detail: { trustedBy: 'machine' } });
    expect(step?.message).toMatch(/issued by CN=Gateway CA, O=Example Corp \(no public authority/);
  });
});
