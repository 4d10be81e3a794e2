import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { loadManagerConfig } from './config-file.js';
import { ConfigWatch } from './config-watch.js';

const listen = (key: string) =>
  `Endpoint=sb://relay.example.net/;SharedAccessKeyName=l;SharedAccessKey=${key};EntityPath=sql`;
const FIRST = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I=';
const SECOND = 'b3RoZXItb3RoZXItb3RoZXItb3RoZXItb3RoZXItb3Q=';

let folder: string;
let path: string;
const onConfig = vi.fn();
const onProblem = vi.fn();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hybridge-reload-'));
  path = join(folder, 'manager.yaml');
  writeFileSync(join(folder, 'key'), listen(FIRST), { mode: 0o600 });
  writeFileSync(path, 'connections: [{ connectionString: file:key, endpoint: a:1 }]');
  onConfig.mockReset();
  onProblem.mockReset();
});
afterEach(() => rmSync(folder, { recursive: true }));

const watching = (watch: boolean) => {
  const config = loadManagerConfig(path);
  const watches = new ConfigWatch(path, config, { onConfig, onProblem, watch, pollMs: 20 });
  onTestFinished(() => watches.close());
  return watches;
};

describe('a configuration file that is watched', () => {
  it('is read again when it changes', async () => {
    watching(true);
    writeFileSync(path, 'connections: [{ connectionString: file:key, endpoint: b:22 }]');
    await expect.poll(() => onConfig).toHaveBeenCalled();
    expect(onConfig.mock.lastCall?.[0].connections[0].target).toEqual({ host: 'b', port: 22 });
  });

  it('is read again when a file with a key changes', async () => {
    watching(true);
    writeFileSync(join(folder, 'key'), listen(SECOND));
    await expect.poll(() => onConfig).toHaveBeenCalled();
    expect(onConfig.mock.lastCall?.[0].connections[0].connectionString).toBe(listen(SECOND));
  });

  it('that is broken says so, and counts again when it is mended', async () => {
    watching(true);
    writeFileSync(path, 'connections: [');
    await expect.poll(() => onProblem).toHaveBeenCalled();
    expect(onProblem.mock.lastCall?.[0]).toMatchObject({ code: 'ERR_MANAGER_CONFIG' });
    expect(onConfig).not.toHaveBeenCalled();
    writeFileSync(path, 'connections: [{ connectionString: file:key, endpoint: c:33 }]');
    await expect.poll(() => onConfig).toHaveBeenCalled();
  });
});

it('a configuration file that is not watched is read when somebody says so', () => {
  const watches = watching(false);
  writeFileSync(path, 'connections: [{ connectionString: file:key, endpoint: b:22 }]');
  watches.reload();
  expect(onConfig).toHaveBeenCalledOnce();
});
