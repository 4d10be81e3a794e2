/**
 * A ping of what an app has attached at its relay, and of what it has lost there.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { managedRelay, runHybridge } from './managed-relay.js';

it('goes by what the app has attached, with the key that it has there', async () => {
  const relay = await managedRelay();
  await relay.json('connection', 'create', 'sql', '--endpoint', 'sql01.corp.example:1433');
  await relay.json('plan', 'create', 'farm');
  await relay.json('app', 'create', 'shop', '--plan', 'farm');
  await relay.json('app', 'attach', 'shop', 'sql');
  await relay.listen('sql');
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-ping-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const config = join(folder, 'shop.json');
  const app = { url: relay.admin, token: 'env:TOKEN', name: 'shop' };
  writeFileSync(config, JSON.stringify({ app, proxy: false }));
  const ping = async (asked: string) => {
    const args = ['ping', asked, '--config', config, '--json', '--count', '1'];
    const { code, stdout } = await runHybridge(args, { env: { TOKEN: relay.token } });
    expect(stdout).not.toContain(relay.token);
    const lines: { name: string; outcome: string }[] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    return { code, steps: lines };
  };

  const attached = await ping('sql01.corp.example:1433');
  expect(attached.code).toBe(0);
  expect(attached.steps[0]).toMatchObject({
    name: 'match',
    outcome: 'ok',
    detail: { hybridConnection: 'sql' },
  });
  expect(attached.steps.at(-1)).toMatchObject({ name: 'round-trip', outcome: 'ok' });

  await relay.json('key', 'regenerate', 'sql', '--rule', 'defaultSender', '--primary', '--yes');
  const rolled = await ping('sql01.corp.example:1433');
  expect(rolled.code).toBe(1);
  expect(rolled.steps.find(({ outcome }) => outcome === 'failed')).toMatchObject({
    name: 'key',
    advice: expect.stringContaining('hybridge key sync sql'),
  });

  await relay.json('app', 'detach', 'shop', 'sql', '--yes');
  const detached = await ping('sql01.corp.example:1433');
  expect(detached.code).toBe(1);
  expect(detached.steps).toMatchObject([{ name: 'match', outcome: 'failed' }]);
});
