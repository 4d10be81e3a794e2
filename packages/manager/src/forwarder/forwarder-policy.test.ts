/** A forwarder and the administrator's policy, which has the last word. */
import type { LookupFunction } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { forwarding, Incoming, listening, NOWHERE } from '../../test/forwarding.js';
import { Policy } from '../policy/policy.js';
import { parsePolicy } from '../policy/policy-text.js';
import type { Target } from '../target/target.js';
import { BLOCKED_RETRY_MS } from './forwarder.js';

afterEach(() => {
  vi.useRealTimers();
});

const policyOf = (text: string) => new Policy(parsePolicy(text));
const since = new Date();
const ONLINE = { name: 'online', since, renewTokenAt: since } as const;

/** A resolver that answers with whatever the name leads to now. */
function resolver(...addresses: string[]) {
  const resolves = {
    addresses,
    count: 0,
    lookup: ((_name, _options, answer) => {
      resolves.count += 1;
      const found = resolves.addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      process.nextTick(() => answer(null, found));
    }) as LookupFunction,
  };
  return resolves;
}

function governed(text: string, target: Target | undefined, lookup?: LookupFunction) {
  const governs = { policy: policyOf(text) };
  const world = forwarding(target, { policy: () => governs.policy, ...(lookup && { lookup }) });
  const violated = vi.fn();
  world.forwarder.on('policyViolation', violated);
  return { ...world, governs, violated };
}

describe('a forwarder that the policy does not allow', () => {
  it.each([
    ['hybridConnections: denied', NOWHERE, 'hybridConnections: denied'],
    ['relays: ["*.servicebus.windows.net"]', NOWHERE, 'relays'],
    ['allow: ["10.0.0.0/8:*"]', NOWHERE, 'allow'],
    ['deny: ["*:22"]', { host: 'sql01', port: 22 }, 'deny: "*:22"'],
  ])('(%s) is blocked and never registered', async (text, target, rule) => {
    const { forwarder, listeners, violated } = governed(text, target);
    forwarder.start();
    expect(forwarder.state).toMatchObject({ name: 'blocked', rule, because: { code: 'EACCES' } });
    expect(forwarder.state).not.toHaveProperty('retryAt');
    expect(listeners).toHaveLength(0);
    expect(violated).toHaveBeenCalledWith(expect.objectContaining({ during: 'registration', rule }));
  });

  it('since its policy cannot be used is blocked', () => {
    const { forwarder, listeners } = forwarding(NOWHERE, {
      policy: () => new Policy(undefined, 'it is damaged'),
    });
    forwarder.start();
    expect(forwarder.state).toMatchObject({
      ...{ name: 'blocked', because: { message: 'it is damaged' } },
      advice: expect.stringContaining('mend the policy file'),
    });
    expect(listeners).toHaveLength(0);
  });

  it('since its name leads to a forbidden address is blocked, and looks again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const resolves = resolver('192.0.2.1');
    const target = { host: 'sql01.corp.example', port: 1433 };
    const { forwarder, listeners, violated } = governed('deny: ["192.0.2.0/24:*"]', target, resolves.lookup);
    forwarder.start();
    await expect.poll(() => forwarder.state.name).toBe('blocked');
    expect(forwarder.state).toMatchObject({ rule: 'deny: "192.0.2.0/24:*"', retryAt: expect.any(Date) });
    expect(violated).toHaveBeenCalledWith(
      expect.objectContaining({ target: 'sql01.corp.example:1433', address: '192.0.2.1' }),
    );
    expect(listeners).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(BLOCKED_RETRY_MS);
    await expect.poll(() => resolves.count).toBe(2);
    expect(violated).toHaveBeenCalledOnce();
    resolves.addresses = ['10.0.0.7'];
    await vi.advanceTimersByTimeAsync(BLOCKED_RETRY_MS);
    await expect.poll(() => listeners).toHaveLength(1);
  });
});

describe('a forwarder whose target has moved', () => {
  const allow = (port: number) => `{ allow: ["db.corp.example:${port}", "127.0.0.1:${port}"] }`;

  it('leads where the name leads, and resolves it once for a dial', async () => {
    const { port } = await listening();
    const resolves = resolver('127.0.0.1');
    const { forwarder, listener, listeners, joints } = governed(
      allow(port),
      { host: 'db.corp.example', port },
      resolves.lookup,
    );
    forwarder.start();
    await expect.poll(() => listeners).toHaveLength(1);
    expect(resolves.count).toBe(1);
    await listener().announce(new Incoming());
    expect(resolves.count).toBe(2);
    expect(joints[0]?.near.socket.remoteAddress).toBe('127.0.0.1');
  });

  it.each(['169.254.169.254', '127.0.0.2', '::1', '::ffff:127.0.0.2', '0.0.0.0'])(
    'to %s refuses the sender, leaves the relay, and says so',
    async (moved) => {
      const { port } = await listening();
      const resolves = resolver('127.0.0.1');
      const { forwarder, listener, listeners, joints, violated } = governed(
        allow(port),
        { host: 'db.corp.example', port },
        resolves.lookup,
      );
      forwarder.start();
      await expect.poll(() => listeners).toHaveLength(1);
      resolves.addresses = [moved];
      const incoming = new Incoming();
      const failed = vi.fn();
      forwarder.on('targetFailure', failed);
      await listener().announce(incoming);
      expect(incoming.rejection).toEqual([502, expect.stringMatching(/^EACCES: /)]);
      expect(incoming.rejection?.[1]).not.toContain(moved);
      // Who it was, for the audit log.
      const violation = expect.objectContaining({ during: 'dial', address: moved });
      expect(failed).toHaveBeenCalledWith(
        expect.objectContaining({ code: 'EACCES' }),
        expect.objectContaining({ id: 'id-1', target: `db.corp.example:${port}`, violation }),
      );
      expect(joints).toHaveLength(0);
      expect(violated).toHaveBeenCalledWith(expect.objectContaining({ during: 'dial', address: moved }));
      expect(forwarder.state).toMatchObject({ name: 'blocked', retryAt: expect.any(Date) });
      expect(listeners[0]?.closedWith).toBeDefined();
    },
  );

  it('in part dials what is allowed of it', async () => {
    const { port } = await listening();
    const { forwarder, listener, listeners, joints } = governed(
      allow(port),
      { host: 'db.corp.example', port },
      resolver('127.0.0.9', '127.0.0.1', '::1').lookup,
    );
    forwarder.start();
    await expect.poll(() => listeners).toHaveLength(1);
    await listener().announce(new Incoming());
    expect(joints[0]?.near.socket.remoteAddress).toBe('127.0.0.1');
  });
});

describe('a policy that changes', () => {
  it('closes what it does not allow any more, and takes it up again when it does', async () => {
    const target = await listening();
    const { forwarder, listener, listeners, joints, governs } = governed('{}', target);
    forwarder.start();
    listener().become(ONLINE);
    await listener().announce(new Incoming());
    const ended = vi.fn();
    forwarder.on('end', ended);
    governs.policy = policyOf(`deny: ["127.0.0.0/8:*"]`);
    forwarder.policyChanged();
    await joints[0]?.closed;
    expect(ended).toHaveBeenCalledWith(
      expect.objectContaining({ error: expect.objectContaining({ code: 'EACCES' }) }),
    );
    expect(forwarder.state).toMatchObject({ name: 'blocked', rule: 'deny: "127.0.0.0/8:*"' });
    expect(listeners[0]?.closedWith).toEqual({ graceMs: Number.POSITIVE_INFINITY });
    governs.policy = policyOf('{}');
    forwarder.policyChanged();
    expect(listeners).toHaveLength(2);
  });

  it('closes everything when hybrid connections are not allowed any more', async () => {
    const { forwarder, listener, joints, governs } = governed('{}', await listening());
    forwarder.start();
    await listener().announce(new Incoming());
    governs.policy = policyOf('hybridConnections: denied');
    forwarder.policyChanged();
    expect(await joints[0]?.closed).toMatchObject({ reason: 'local', error: { code: 'EACCES' } });
  });

  it('leaves alone what it still allows', async () => {
    const { forwarder, listener, listeners, joints, governs, states } = governed('{}', await listening());
    forwarder.start();
    listener().become(ONLINE);
    await listener().announce(new Incoming());
    governs.policy = policyOf('{ allow: ["127.0.0.1:*"], deny: ["*:22"] }');
    forwarder.policyChanged();
    expect(joints[0]?.near.socket.destroyed).toBe(false);
    expect(listeners).toHaveLength(1);
    expect(states.map(({ name }) => name)).toEqual(['online']);
  });

  it('reaches what is left of a hybrid connection that stops', async () => {
    const { forwarder, listener, joints, governs } = governed('{}', await listening());
    forwarder.start();
    await listener().announce(new Incoming());
    const stopped = forwarder.stop({ graceMs: 60_000 });
    governs.policy = policyOf('deny: ["*:*"]');
    forwarder.policyChanged();
    expect(await joints[0]?.closed).toMatchObject({ error: { code: 'EACCES' } });
    await stopped;
  });
});
