import { readdirSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectUrl, Listener, open, roundTrip } from '../../test/clients.js';
import { SmallDisk } from '../../test/small-disk.js';
import { RelayServer } from '../relay-server.js';

const { obstacle } = SmallDisk;
if (obstacle !== undefined) console.warn(`skipped: a data folder on a disk that fills up (${obstacle})`);

describe.runIf(obstacle === undefined)('a data folder whose disk is full', () => {
  it('takes no change until there is room again, and disturbs nobody', async () => {
    const disk = SmallDisk.mount(131_072);
    const start = async () => {
      const relay = new RelayServer({ dataDir: disk.path, listen: { port: 0 }, audit: { enabled: false } });
      await relay.listen();
      return relay;
    };
    let relay = await start();
    onTestFinished(async () => {
      await relay.close({ graceMs: 0 });
      disk.unmount();
    });
    await relay.addHybridConnection('sql');
    await Listener.start(relay, 'sql');
    const tunnel = await open(connectUrl(relay, 'sql'));
    await disk.fill();

    const { model } = relay.managed;
    const note = 'x'.repeat(1_000);
    const put = (name: string) =>
      relay.managed.change({
        type: 'put-hybrid-connection',
        namespace: 'localhost',
        name,
        userMetadata: note,
      });
    const results = await Promise.allSettled(['a', 'b', 'c'].map(put));
    for (const result of results) {
      expect(result).toMatchObject({ reason: { code: 'ERR_RELAY_STORE', cause: { code: 'ENOSPC' } } });
    }
    await expect(
      relay.regenerateKey({ policy: 'defaultSender', hybridConnection: 'sql' }, 'primary'),
    ).rejects.toThrow('ENOSPC');
    expect(relay.managed.model).toBe(model);
    await roundTrip(tunnel);
    await roundTrip(await open(connectUrl(relay, 'sql')));
    expect(readdirSync(disk.path).filter((name) => name.endsWith('.tmp'))).toEqual([]);

    disk.empty();
    await put('d');
    const after = relay.managed.model;
    await relay.close({ graceMs: 0 });
    relay = await start();
    expect(relay.managed.model).toEqual(after);
    expect(after.namespaces[0]!.hybridConnections.map(({ name }) => name)).toEqual(['sql', 'd']);
  });
});
