import { chmodSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { KEY, listenString, served } from '../../test/served.js';
import { ConfigStore } from './config-store.js';

const WEB = { connectionString: listenString('web'), endpoint: 'web:80' };
const ID = 'relay.example.net/web';
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const refused = (status: number, message: RegExp) =>
  expect.objectContaining({ status, message: expect.stringMatching(message) });

describe('a connection that is added', () => {
  it('is in the file and in force, and is taken out again', async () => {
    await using one = await served({ text: '# ours\n' });
    expect(await one.store.add(WEB, 'command')).toBe(ID);
    expect(one.service.connection(ID)).toMatchObject({ name: 'web', target: 'web:80' });
    expect(readFileSync(one.path, 'utf8')).toMatch(/^# ours\n/);
    await one.store.remove(ID, 'browser');
    expect(one.service.connections()).toEqual([]);
    expect(one.changes).toEqual(['command', 'browser']);
  });

  it('by a reference stays one', async () => {
    await using one = await served();
    await one.store.add({ connectionString: 'env:LISTEN' }, 'command');
    expect(readFileSync(one.path, 'utf8')).toBe('connections:\n  - connectionString: env:LISTEN\n');
    expect(one.service.connections()[0]!.name).toBe('by-env');
  });

  it.each([
    [WEB, /is there already/],
    [{ ...WEB, connectionString: listenString('WEB') }, /is there already/],
    [{ connectionString: listenString('web', 'other.example') }, /The name "web" is taken/],
  ])('a second time is refused', async (settings, message) => {
    await using one = await served();
    await one.store.add(WEB, 'command');
    const before = readFileSync(one.path, 'utf8');
    await expect(one.store.add(settings, 'command')).rejects.toThrow(refused(409, message));
    expect(readFileSync(one.path, 'utf8')).toBe(before);
  });

  it('is refused when the policy of the administrator forbids its relay or its target', async () => {
    await using one = await served({ policy: 'relays: ["*.example.net"]\ndeny: ["*:22"]\n' });
    const other = { connectionString: listenString('a', 'relay.other.example') };
    await expect(one.store.add(other, 'command')).rejects.toThrow(refused(403, /is not among those/));
    await expect(one.store.add({ ...WEB, endpoint: 'web:22' }, 'command')).rejects.toThrow(
      refused(403, /web:22/),
    );
    await one.store.add(WEB, 'command');
    expect(one.service.connections()).toHaveLength(1);
  });

  it('at the same time as others is one of all', async () => {
    await using one = await served();
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(
      names.map((name) => one.store.add({ connectionString: listenString(name) }, 'command')),
    );
    expect(one.service.connections().map(({ name }) => name)).toEqual(names);
  });
});

describe('a file', () => {
  it.skipIf(process.platform === 'win32')(
    "that gets a key is its owner's alone, and keeps its mode otherwise",
    async () => {
      await using one = await served();
      chmodSync(one.path, 0o644);
      await one.store.add({ connectionString: 'env:LISTEN' }, 'command');
      expect(modeOf(one.path)).toBe('644');
      await one.store.add(WEB, 'command');
      expect(modeOf(one.path)).toBe('600');
    },
  );

  it.skipIf(process.platform === 'win32')('that is a link stays one', async () => {
    await using one = await served();
    const link = join(one.folder, 'link.yaml');
    symlinkSync(one.path, link);
    const store = new ConfigStore({ path: link, env: {}, reload: () => undefined });
    await store.add(WEB, 'command');
    expect(readFileSync(one.path, 'utf8')).toContain('web');
    expect(statSync(link).ino).toBe(statSync(one.path).ino);
  });

  it('that is not there yet is made with the first, in a folder of its own', async () => {
    await using one = await served();
    const path = join(one.folder, 'new', 'manager.yaml');
    const store = new ConfigStore({ path, env: {}, reload: () => undefined });
    expect(store.status()).toEqual({ path, isWritable: true });
    await store.add(WEB, 'command');
    expect(readFileSync(path, 'utf8')).toContain('EntityPath=web');
    if (process.platform !== 'win32') expect(modeOf(path)).toBe('600');
  });

  it('that somebody else edits is read anew, so nothing of theirs is lost', async () => {
    await using one = await served();
    writeFileSync(one.path, 'targetTimeoutMs: 5000 # theirs\n');
    await one.store.add(WEB, 'command');
    expect(readFileSync(one.path, 'utf8')).toMatch(/^targetTimeoutMs: 5000 # theirs\nconnections:\n/);
  });

  it('that changes while it is changed is left as it is', async () => {
    await using one = await served();
    const adding = one.store.add(WEB, 'command');
    // It has been read by now, and is not replaced yet.
    await Promise.resolve();
    writeFileSync(one.path, 'targetTimeoutMs: 5000 # theirs\n');
    await expect(adding).rejects.toThrow(refused(409, /was changed by somebody else/));
    expect(readFileSync(one.path, 'utf8')).toBe('targetTimeoutMs: 5000 # theirs\n');
  });

  it('that cannot be used is not touched, and it is said why', async () => {
    await using one = await served();
    writeFileSync(one.path, `connections: [ # ${KEY}`);
    const failure = one.store.add(WEB, 'command');
    await expect(failure).rejects.toThrow(refused(409, /has to be mended first: is not YAML at line 1/));
    await expect(failure).rejects.not.toThrow(KEY);
  });

  it('that cannot be written says so, and why', async () => {
    await using one = await served();
    rmSync(one.path);
    // Even root cannot write below a file.
    writeFileSync(join(one.folder, 'file'), '');
    const path = join(one.folder, 'file', 'manager.yaml');
    const store = new ConfigStore({ path, env: {}, reload: () => undefined });
    expect(store.status()).toMatchObject({
      isWritable: false,
      reason: expect.stringContaining('cannot be written ('),
    });
    await expect(store.add(WEB, 'command')).rejects.toThrow(refused(409, /cannot be changed here/));
  });

  it('that stands on a command line cannot be changed', async () => {
    await using one = await served({ hasNoFile: true });
    expect(one.service.status().configFile).toBeUndefined();
    const { status, body } = await one.command('POST', '/api/connections', WEB);
    expect([status, body.error.message]).toEqual([409, expect.stringContaining('command line')]);
  });
});
