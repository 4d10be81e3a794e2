import { describe, expect, it } from 'vitest';
import { type AuthorizationRule, HybridConnection, type KeySlot, Namespace } from '../directory/directory.js';
import { KeyUse } from './key-use.js';

const rule = (name: string): AuthorizationRule => {
  return { name, rights: ['Send'], primaryKey: 'p', secondaryKey: 's' };
};
const shared = rule('Root');
const own = rule('defaultSender');
const namespace = new Namespace('contoso', [], new Map([['Root', shared]]));
const sql = new HybridConnection(namespace, {
  name: 'sql',
  endpoint: undefined,
  requiresClientAuthorization: true,
  authorizationRules: new Map([['defaultSender', own]]),
});
const grant = (by: AuthorizationRule, key: KeySlot) => {
  return { type: 'policy', rule: by, key, expiresAt: new Date(0) } as const;
};
const PLACE = {
  namespace: 'contoso',
  hybridConnection: 'sql',
  policy: 'defaultSender',
  key: 'primary',
} as const;

describe('the use of keys', () => {
  it('is known by key, and by whose policy it is', () => {
    let now = 100;
    const use = new KeyUse(() => now);
    use.used(sql, grant(own, 'primary'), '10.0.0.1');
    now = 200;
    use.used(sql, grant(own, 'primary'), '10.0.0.1');
    use.used(sql, grant(shared, 'secondary'));
    expect(use.of({ ...PLACE, namespace: 'CONTOSO' })).toEqual({
      ...PLACE,
      lastUsedAt: 200,
      recentSenders: [{ remoteAddress: '10.0.0.1', lastSeenAt: 200, count: 2 }],
    });
    expect(use.of({ ...PLACE, key: 'secondary' })).toBeUndefined();
    expect(use.of({ namespace: 'contoso', policy: 'Root', key: 'secondary' })).toMatchObject({
      lastUsedAt: 200,
      recentSenders: [],
    });
  });

  it('has nothing of tokens that no key signed', () => {
    const use = new KeyUse(() => 1);
    use.used(sql, { type: 'identity', subject: 'me', issuer: 'it', expiresAt: new Date(0) }, '10.0.0.1');
    use.used(sql, undefined, '10.0.0.1');
    expect(use.all()).toEqual([]);
  });

  it('forgets the address that was not seen for longest, and no other', () => {
    let now = 0;
    const use = new KeyUse(() => now);
    for (const n of [...Array.from({ length: 32 }, (_, index) => index), 0, 32]) {
      now += 1;
      use.used(sql, grant(own, 'primary'), `10.0.0.${n}`);
    }
    const addresses = use.of(PLACE)!.recentSenders.map(({ remoteAddress }) => remoteAddress);
    expect(addresses).toHaveLength(32);
    expect(addresses.slice(0, 2)).toEqual(['10.0.0.32', '10.0.0.0']);
    expect(addresses).not.toContain('10.0.0.1');
  });

  it('is known of new keys, too, however many there were: those are forgotten that were used longest ago', () => {
    let now = 0;
    const use = new KeyUse(() => now, 10);
    const rules = Array.from({ length: 11 }, (_, index) => rule(`policy-${index}`));
    for (const each of rules.slice(0, 10)) {
      now += 1;
      use.used(sql, grant(each, 'primary'), '10.0.0.1');
    }
    now += 1;
    use.used(sql, grant(rules[0]!, 'primary'), '10.0.0.1');
    use.used(sql, grant(rules[10]!, 'primary'), '10.0.0.1');
    const names = use.all().map(({ policy }) => policy);
    expect(names).toHaveLength(10);
    expect(names).toContain('policy-10');
    expect(names).not.toContain('policy-1');
    // One that was forgotten is known again when it is used again.
    use.used(sql, grant(rules[1]!, 'primary'), '10.0.0.2');
    expect(use.of({ namespace: 'contoso', policy: 'policy-1', key: 'primary' })).toMatchObject({
      recentSenders: [{ remoteAddress: '10.0.0.2', count: 1 }],
    });
  });

  it('of several processes adds up', () => {
    const worker = new KeyUse(() => 100);
    const primary = new KeyUse(() => 0);
    worker.used(sql, grant(own, 'primary'), '10.0.0.1');
    primary.merge(worker.take());
    expect(worker.take()).toEqual([]);
    worker.used(sql, grant(own, 'primary'), '10.0.0.1');
    primary.merge(worker.take());
    expect(primary.of(PLACE)).toMatchObject({ lastUsedAt: 100, recentSenders: [{ count: 2 }] });
  });
});
