import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { accepted, rejected } from '../test/fake-relay.js';
import { until, useSetting } from '../test/setting.js';
import type { Arrival } from './connections.js';

const setting = useSetting();

/** The relay sees a connection a little before its other end is told. */
const aMoment = () => new Promise((resolve) => setTimeout(resolve, 30));

describe('a listener that dials ahead', () => {
  it('has its connections once it is online, and meets senders over them', async () => {
    const listener = setting.listener({ preconnect: 3 });
    await listener.listen();
    await until(() => setting.relay.silent === 3);
    await aMoment();
    const connection = once(listener, 'connection') as Promise<Arrival>;
    const meeting = setting.relay.announce();
    const [socket] = await connection;
    const sender = await accepted(meeting);
    const received = once(sender, 'message');
    socket.write('through');
    expect(String((await received)[0])).toBe('through');
    await until(() => setting.relay.silent === 3);
  });

  it('rejects over them, too', async () => {
    const listener = setting.listener({ preconnect: 1, acceptHandler: () => false });
    await listener.listen();
    await until(() => setting.relay.silent === 1);
    await aMoment();
    expect(await rejected(setting.relay.announce())).toMatch(/^400 /);
  });

  it('misses no sender when the relay loses its patience with them', async () => {
    const listener = setting.listener({ preconnect: 2 });
    await listener.listen();
    await until(() => setting.relay.silent === 2);
    await aMoment();
    setting.relay.dropSilent();
    await Promise.all(Array.from({ length: 4 }, () => setting.relay.announce()).map(accepted));
    expect(setting.warnings).toEqual([]);
  });

  it('closes them when it closes, and does not wait for them', async () => {
    const listener = setting.listener({ preconnect: 2 });
    await listener.listen();
    await until(() => setting.relay.silent === 2);
    await listener.close();
    await until(() => setting.relay.silent === 0);
  });

  it('is told at once when the number makes no sense', () => {
    expect(() => setting.listener({ preconnect: -1 })).toThrow(/preconnect/);
  });
});
