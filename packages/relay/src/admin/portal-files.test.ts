import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAdmin, type TestAdmin } from '../../test/managed.js';

let folder: string;
let admin: TestAdmin;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybridge-portal-'));
  const portal = join(folder, 'portal');
  await mkdir(join(portal, 'assets'), { recursive: true });
  await writeFile(join(folder, 'secret.html'), 'secret');
  await writeFile(join(portal, 'index.html'), '<!doctype html><title>Portal</title>');
  await writeFile(join(portal, 'assets', 'app-1f9c02ab.js'), 'start();');
  await writeFile(join(portal, 'assets', 'style.css'), 'p {}');
  await writeFile(join(portal, '.hidden.js'), 'hidden');
  await writeFile(join(portal, 'notes'), 'no type');
  await symlink(join(folder, 'secret.html'), join(portal, 'assets', 'a.b')).catch(() => undefined);
  admin = await startAdmin({ portal });
});
afterAll(async () => {
  await admin[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(`${admin.url}${path}`, { redirect: 'manual', headers, method });

describe('the portal', () => {
  it.each(['/', '/portal'])('is where %s leads, by a relative address', async (path) => {
    const { status, headers } = await get(path);
    expect([status, headers.get('location')]).toEqual([302, 'portal/']);
  });

  it('is a page that nothing from elsewhere can get into', async () => {
    const response = await get('/portal/');
    expect([response.status, await response.text()]).toEqual([200, '<!doctype html><title>Portal</title>']);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
        "font-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    expect(response.headers.get('set-cookie')).toBeNull();
  });

  it('is kept for good where a name says what is in it, and asked for again elsewhere', async () => {
    const script = await get('/portal/assets/app-1f9c02ab.js');
    expect([script.headers.get('content-type'), script.headers.get('cache-control')]).toEqual([
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ]);
    const style = await get('/portal/assets/style.css');
    expect(style.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/portal/assets/style.css', { 'if-none-match': style.headers.get('etag')! });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('answers HEAD as GET, without the file', async () => {
    const { status, headers } = await get('/portal/', {}, 'HEAD');
    expect([status, headers.get('content-length')]).toEqual([200, '36']);
  });

  it.each([
    '/portal/nothing.js',
    '/portal/.hidden.js',
    '/portal/notes',
    '/portal/assets',
    '/portal/assets/',
    '/portal/assets/a.b',
    '/portal/..%2Fsecret.html',
    '/portal/%2e%2e%2fsecret.html',
    '/portal//etc/passwd.txt',
    '/portal/assets/..%5c..%5csecret.html',
    '/portal/C:%5Csecret.html',
  ])('has nothing at %s', async (path) => {
    const response = await get(path);
    expect([400, 404]).toContain(response.status);
    expect(await response.json()).toMatchObject({ error: { code: expect.any(String) } });
  });

  it('takes nothing', async () => {
    const { status, headers } = await get('/portal/', {}, 'POST');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('says so when it is not built', async () => {
    await using bare = await startAdmin({ portal: join(folder, 'nowhere') });
    const response = await fetch(`${bare.url}/portal/`);
    expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('not built')]);
  });
});
