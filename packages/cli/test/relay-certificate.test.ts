/** The certificate of a relay that runs is renewed. */
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { first, second } from './certificates.js';
import { HybridgeProcess, temporaryFolder } from './hybridge-process.js';

async function shownAt(url: string): Promise<string> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { CN } = socket.getPeerCertificate().subject;
  socket.destroy();
  return String(CN);
}

describe.skipIf(process.platform === 'win32')('a relay whose certificate is renewed', () => {
  it.each([['1'], ['2']])('shows the new one, with %s processes', async (workers) => {
    const folder = temporaryFolder();
    const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
    write('server.pem', first.cert);
    write('server.key', first.key);
    write(
      'relay.yaml',
      'listen: { port: 0, tls: { cert: server.pem, key: server.key } }\nadmin: { port: 0 }\n',
    );
    const relay = new HybridgeProcess([
      ...['relay', '--config', join(folder, 'relay.yaml'), '--data-dir', folder, '--workers', workers],
    ]);
    const { url } = await relay.ready();
    expect(await shownAt(url!)).toBe('a.example');
    rmSync(join(folder, 'server.key'));
    relay.child.kill('SIGHUP');
    await relay.line('stderr', /error the certificate was read again and cannot be used.*server\.key/);
    expect(await shownAt(url!)).toBe('a.example');
    write('server.pem', second.cert);
    write('server.key', second.key);
    await relay.line('stderr', /info +The relay shows another certificate names=b\.example/);
    // The workers are told at once, but not in no time.
    await expect.poll(() => shownAt(url!)).toBe('b.example');
    relay.child.kill('SIGHUP');
    await relay.line('stderr', /The certificate is the same as before/);
    expect((await relay.signal('SIGTERM')).code).toBe(0);
  });
});
