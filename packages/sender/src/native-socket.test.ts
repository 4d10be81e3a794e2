import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeRelay } from '../test/fake-relay.js';
import { connect } from './connect.js';

let relay: FakeRelay;
let socket: net.Socket;

beforeEach(async () => {
  relay = await new FakeRelay().start();
});
afterEach(async () => {
  socket.destroy();
  await relay.stop();
});

const native = (options = {}) => {
  socket = connect({ endpoint: relay.url, entityPath: 'sql', ...options, socket: 'native' });
  return socket;
};

describe('a native socket', () => {
  it('is one, with a handle, once it is connected', async () => {
    expect(native()).toBeInstanceOf(net.Socket);
    expect(socket.connecting).toBe(true);
    await once(socket, 'connect');
    expect(socket).toMatchObject({ connecting: false, readyState: 'open' });
    expect((socket as unknown as { _handle: object })._handle).toBeTruthy();
  });

  it('holds back what is written before, and ends as the tunnel ends', async () => {
    native().end('to the listener and back');
    expect(await text(socket)).toBe('to the listener and back');
    await expect.poll(() => relay.connections).toBe(0);
  });

  it('takes a driver that tells it to connect', async () => {
    const onConnect = vi.fn();
    native().connect(5432, 'db.corp.example', onConnect);
    await once(socket, 'connect');
    expect(onConnect).toHaveBeenCalledOnce();
  });

  it('fails as the tunnel fails', async () => {
    relay.answer = { status: 404, reason: 'There are no listeners connected for the endpoint.' };
    const [error] = await once(native(), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED', cause: { code: 'ERR_RELAY_NO_LISTENER' } });
  });

  it("says with 'close' whether there was an error, also before it is connected", async () => {
    relay.answer = { status: 404, reason: 'There are no listeners connected for the endpoint.' };
    native().on('error', () => undefined);
    const hadError = () => new Promise((resolve) => socket.once('close', resolve));
    expect(await hadError()).toBe(true);
    relay.answer = 'silence';
    native().destroy();
    expect(await hadError()).toBe(false);
    relay.answer = { accept: 'echo' };
    native().resume().end();
    expect(await hadError()).toBe(false);
  });

  it('is reset, and does not end, when the tunnel is cut', async () => {
    relay.answer = { accept: 'cut' };
    const onEnd = vi.fn();
    native().on('end', onEnd).resume();
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(onEnd).not.toHaveBeenCalled();
  });

  it('gives the tunnel up when it is destroyed, opening or open', async () => {
    relay.answer = 'silence';
    native();
    await expect.poll(() => relay.received).toHaveLength(1);
    socket.destroy();
    await expect.poll(() => relay.connections).toBe(0);
    relay.answer = { accept: 'echo' };
    await once(native(), 'connect');
    socket.destroy();
    await expect.poll(() => relay.connections).toBe(0);
  });

  it('never ends the tunnel when it is destroyed, whenever that is', async () => {
    for (let i = 0; i < 20; i += 1) {
      await once(native(), 'connect');
      // Of a timer, so that the event loop reads from the pipe before it tells that the pipe is closed.
      setTimeout(() => socket.destroy(), i % 3);
      await once(socket, 'close');
    }
    await expect.poll(() => relay.connections).toBe(0);
    expect(relay.ends).toBe(0);
  });

  it('follows a signal', async () => {
    const abort = new AbortController();
    await once(native({ signal: abort.signal }), 'connect');
    const error = once(socket, 'error');
    abort.abort();
    expect(await error).toMatchObject([{ name: 'AbortError' }]);
  });

  it('keeps the process alive unless told otherwise', async () => {
    await once(native(), 'connect');
    const alive = () =>
      process.getActiveResourcesInfo().filter((name) => /^(TCPSocket|Pipe)Wrap$/.test(name)).length;
    const before = alive();
    socket.unref();
    expect(alive()).toBe(before - 2);
    socket.ref();
    expect(alive()).toBe(before);
  });

  it('leaves nothing on the disk', async () => {
    const made: string[] = [];
    const watcher = watch(tmpdir(), (_event, name) => name?.startsWith('hybridge-') && made.push(name));
    await once(native(), 'connect');
    await expect.poll(() => made.length).toBeGreaterThan(0);
    watcher.close();
    await expect.poll(() => existsSync(`${tmpdir()}/${made[0]}`)).toBe(false);
  });
});
