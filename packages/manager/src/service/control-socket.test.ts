import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bindControlSocket } from './control-socket.js';

function place(): { readonly folder: string; readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-socket-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, path: join(folder, 'run', 'm.sock') };
}

function server(): Server {
  const made = createServer((_request, response) => response.end());
  onTestFinished(() => {
    made.close();
    made.closeAllConnections();
  });
  return made;
}

const isAnswered = (path: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

describe.skipIf(process.platform === 'win32')('a control socket', () => {
  it("is its owner's alone, in a folder of its own, with nothing left beside it", async () => {
    const { folder, path } = place();
    const remove = await bindControlSocket(server(), path);
    expect(await isAnswered(path)).toBe(true);
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
    expect((statSync(join(folder, 'run')).mode & 0o777).toString(8)).toBe('700');
    expect(readdirSync(join(folder, 'run'))).toEqual(['m.sock']);
    remove();
    expect(readdirSync(join(folder, 'run'))).toEqual([]);
  });

  it('that a dead manager left behind is replaced', async () => {
    const { path } = place();
    const dead = server();
    await bindControlSocket(dead, path);
    await new Promise((resolve) => dead.close(resolve));
    expect(await isAnswered(path)).toBe(false);
    await bindControlSocket(server(), path);
    expect(await isAnswered(path)).toBe(true);
  });

  it('of a manager that runs is left alone', async () => {
    const { path } = place();
    await bindControlSocket(server(), path);
    await expect(bindControlSocket(server(), path)).rejects.toThrow(
      expect.objectContaining({
        code: 'ERR_MANAGER_SOCKET_TAKEN',
        message: expect.stringContaining('give --socket'),
      }),
    );
    expect(await isAnswered(path)).toBe(true);
  });

  it('that another one has replaced is not taken away', async () => {
    const { path } = place();
    const former = server();
    const remove = await bindControlSocket(former, path);
    await new Promise((resolve) => former.close(resolve));
    await bindControlSocket(server(), path);
    remove();
    expect(await isAnswered(path)).toBe(true);
  });

  it('does not take the place of a file', async () => {
    const { folder } = place();
    const path = join(folder, 'file');
    writeFileSync(path, 'theirs');
    await expect(bindControlSocket(server(), path)).rejects.toThrow(/is there, and it is no socket/);
    expect(statSync(path).isFile()).toBe(true);
  });

  it('with a path that no socket can have says so', async () => {
    const { folder } = place();
    const path = join(folder, 'x'.repeat(100), 'm.sock');
    await expect(bindControlSocket(server(), path)).rejects.toThrow(/is too long: \d+ bytes.*give --socket/);
  });

  it('where nothing can be made says so', async () => {
    const { folder } = place();
    writeFileSync(join(folder, 'file'), '');
    await expect(bindControlSocket(server(), join(folder, 'file', 'm.sock'))).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_MANAGER_SOCKET_PLACE' }),
    );
  });
});
