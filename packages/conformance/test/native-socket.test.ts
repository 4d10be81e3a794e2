import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from '@hybridge/sender';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TargetServer } from '../src/target-server.js';
import { Tunnel } from '../src/tunnel.js';

const ANSWER_BYTES = 1024 * 1024;

describe('a native socket through a tunnel', () => {
  let target: TargetServer;
  let tunnel: Tunnel;

  beforeAll(async () => {
    target = await TargetServer.start();
    tunnel = await Tunnel.open(target);
  });
  afterAll(async () => {
    await tunnel?.close();
    target?.stop();
  });

  it('gives a slow reader all that came before the end', async () => {
    target.serve = (socket) => socket.end(Buffer.alloc(ANSWER_BYTES));
    const socket = connect({ connectionString: tunnel.connectionString, socket: 'native' });
    let received = 0;
    for await (const chunk of socket) {
      received += chunk.length;
      await sleep(5);
    }
    expect(received).toBe(ANSWER_BYTES);
  });

  it('is refused as the target refuses', async () => {
    const socket = connect({ connectionString: tunnel.refusingConnectionString, socket: 'native' });
    const error = await new Promise((resolve) => socket.once('error', resolve));
    expect(error).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
  });
});
