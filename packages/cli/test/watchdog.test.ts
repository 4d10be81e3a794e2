/** A relay that really hangs, and some that only look so. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { HybridgeProcess, temporaryFolder } from './hybridge-process.js';

const PATIENCE_MS = 600;

/** A relay whose event loop SIGUSR2 holds. @param hold - the JavaScript that does it */
async function relayThatHolds(hold: string, options = ''): Promise<HybridgeProcess> {
  const script = encodeURIComponent(`process.on('SIGUSR2', function hold() { ${hold} })`);
  const relay = new HybridgeProcess(
    [
      ...['relay', '--data-dir', temporaryFolder(), '--port', '0', '--admin-port', '0'],
      ...['--watchdog-ms', String(PATIENCE_MS), '--json'],
    ],
    { NODE_OPTIONS: `--import=data:text/javascript,${script} ${options}` },
  );
  await relay.ready();
  return relay;
}

describe.skipIf(process.platform === 'win32')('a relay with a watchdog', () => {
  it('that stands still says where, and ends so that it is started again', async () => {
    const relay = await relayThatHolds('for (;;);');
    relay.child.kill('SIGUSR2');
    await relay.ended;
    expect(relay.child.signalCode).toBe('SIGALRM');
    const last = JSON.parse(relay.stderr.trimEnd().split('\n').at(-1)!);
    expect(last).toMatchObject({ level: 'error', standsStillMs: PATIENCE_MS });
    expect(last.at[0]).toMatch(/^hold data:text\/javascript,/);
  });

  it('whose log nobody reads any more does not wait for that', async () => {
    const relay = await relayThatHolds("for (;;) process.stderr.write('x'.repeat(65_536))");
    relay.child.stderr.pause();
    relay.child.kill('SIGUSR2');
    await once(relay.child, 'exit');
    expect(relay.child.signalCode).toBe('SIGALRM');
    relay.child.stderr.resume();
  });

  it('that is stopped, and continued later, goes on', async () => {
    const relay = await relayThatHolds('for (;;);');
    relay.child.kill('SIGSTOP');
    await delay(3 * PATIENCE_MS);
    relay.child.kill('SIGCONT');
    expect((await relay.signal('SIGTERM')).code).toBe(0);
  });

  it('that rests at a breakpoint goes on', async () => {
    const hold = `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${4 * PATIENCE_MS})`;
    const relay = await relayThatHolds(hold, '--inspect=127.0.0.1:0');
    // So that it has been seen to be inspected.
    await delay(PATIENCE_MS);
    relay.child.kill('SIGUSR2');
    expect((await relay.signal('SIGTERM')).code).toBe(0);
  });
});
