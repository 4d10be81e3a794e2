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

describe('a connection that is changed', () => {
  const FILE = `connections:
  - connectionString: env:LISTEN # ours
    endpoint: sql01:1433
  - name: web
    connectionString: ${listenString('web')}
`;
  const SQL = 'relay.example.net/by-env';

  it('has another name and endpoint in the file and in force, or the usual ones again', async () => {
    await using one = await served({ text: FILE });
    await one.store.change(SQL, { name: 'payroll', endpoint: 'sql02:1433' }, 'command');
    expect(one.service.connection(SQL)).toMatchObject({ name: 'payroll', target: 'sql02:1433' });
    expect(readFileSync(one.path, 'utf8')).toContain('env:LISTEN # ours\n    endpoint: sql02:1433\n');
    await one.store.change(SQL, { name: null, endpoint: null }, 'browser');
    expect(one.service.connection(SQL)).toMatchObject({ name: 'by-env', isConfiguredEndpoint: false });
    expect(one.changes).toEqual(['command', 'browser']);
  });

  it('has another key, and is the same for the others and for whoever asks', async () => {
    await using one = await served({ text: FILE });
    const connectionString = listenString('web').replace(KEY, Buffer.from('another key').toString('base64'));
    const path = '/api/connections/relay.example.net%2Fweb';
    const { status, body, text } = await one.command('PATCH', path, { connectionString });
    expect([status, body.id]).toEqual([200, 'relay.example.net/web']);
    expect(text).not.toContain(KEY);
    expect(one.manager.config.connections[1]!.connectionString).toBe(connectionString);
    expect(readFileSync(one.path, 'utf8')).toBe(FILE.replace(listenString('web'), connectionString));
  });

  it.each([
    [{ connectionString: listenString('else') }, 400, /connection string of else of relay\.example\.net/],
    [{ connectionString: 'file:none.txt' }, 400, /annot read the file/],
    [{ endpoint: 'sql02' }, 400, /is not host:port/],
    [{ endpoint: 'sql02:22' }, 403, /sql02:22/],
    [{ name: 'web' }, 409, /The name "web" is taken/],
  ])('to %j is refused, and stays as it was', async (changed, status, message) => {
    await using one = await served({ text: FILE, policy: 'deny: ["*:22"]\n' });
    await expect(one.store.change(SQL, changed, 'command')).rejects.toThrow(refused(status, message));
    expect(readFileSync(one.path, 'utf8')).toBe(FILE);
    expect(one.changes).toEqual([]);
  });

  it.each([
    [{}, 400],
    [{ colour: 'red' }, 400],
    [{ name: '' }, 400],
    [{ connectionString: 'env:LISTEN', login: 'x' }, 400],
    [{ name: 'x', key: 'primary' }, 400],
    [{ login: 'x' }, 404],
  ])('by %j is not understood', async (body, status) => {
    await using one = await served({ text: FILE });
    const path = '/api/connections/relay.example.net%2Fby-env';
    expect((await one.command('PATCH', path, body)).status).toBe(status);
    expect((await one.command('PATCH', '/api/connections/a%2Fb', { name: 'x' })).status).toBe(404);
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
