import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseTarget } from '../target/target.js';
import { Policy } from './policy.js';
import { parsePolicy } from './policy-text.js';

/** What stands against a target, by its name and then by where that leads. */
function decide(policy: string, target: string, address?: string): string {
  const decides = new Policy(parsePolicy(policy));
  const { host, port } = parseTarget(target);
  const denial =
    decides.target({ host, port }) ?? (address ? decides.address({ host, port }, address) : undefined);
  return denial?.rule ?? 'allowed';
}

const NAMES = 'allow: ["sql01.corp.example:1433", "*.db.corp.example:5432,6000-6010"]';
const RANGES = 'allow: ["10.0.0.0/8:1433", "[fd00::]/8:1433"]';
const BOTH =
  '{ allow: ["*.corp.example:*", "10.0.0.0/8:*"], deny: ["*:22", "10.66.0.0/16:*", "hr*.corp.example:*"] }';
const DENIES = 'deny: ["169.254.169.254:*", "127.0.0.0/8:*", "secret.corp.example:*"]';

describe('a policy', () => {
  it.each([
    // by name
    [NAMES, 'sql01.corp.example:1433', '10.0.0.7', 'allowed'],
    [NAMES, 'SQL01.Corp.Example.:1433', '10.0.0.7', 'allowed'],
    [NAMES, 'sql01.corp.example:1434', undefined, 'allow'],
    [NAMES, 'sql02.corp.example:1433', undefined, 'allow'],
    [NAMES, 'a.db.corp.example:6005', '10.0.0.7', 'allowed'],
    [NAMES, 'a.db.corp.example:6011', undefined, 'allow'],
    [NAMES, 'db.corp.example:5432', undefined, 'allow'],
    [NAMES, 'sql01.corp.example.evil.test:1433', undefined, 'allow'],
    // an address does not become a name, nor the other way round
    [NAMES, '10.0.0.7:1433', undefined, 'allow'],
    // a name that moves to this machine or its link
    [NAMES, 'sql01.corp.example:1433', '127.0.0.1', 'allow (by name)'],
    [NAMES, 'sql01.corp.example:1433', '::1', 'allow (by name)'],
    [NAMES, 'sql01.corp.example:1433', '::ffff:127.0.0.1', 'allow (by name)'],
    [NAMES, 'sql01.corp.example:1433', '169.254.169.254', 'allow (by name)'],
    [NAMES, 'sql01.corp.example:1433', 'fe80::1%eth0', 'allow (by name)'],
    [NAMES, 'sql01.corp.example:1433', '0.0.0.0', 'allow (by name)'],
    [NAMES, 'sql01.corp.example:1433', '::', 'allow (by name)'],
    [NAMES, 'sql01.corp.example:1433', '64:ff9b::7f00:1', 'allow (by name)'],
    ['allow: ["localhost:1433"]', 'localhost:1433', '127.0.0.1', 'allowed'],
    ['allow: ["db:1433", "127.0.1.1:1433"]', 'db:1433', '127.0.1.1', 'allowed'],
    ['allow: ["*:1433"]', 'db:1433', '127.0.0.1', 'allow (by name)'],
    ['allow: ["*:1433"]', '127.0.0.1:1433', undefined, 'allowed'],
    // by address, whatever the name
    [RANGES, '10.9.9.9:1433', undefined, 'allowed'],
    [RANGES, '11.0.0.1:1433', undefined, 'allow'],
    [RANGES, '[fd00::7]:1433', undefined, 'allowed'],
    [RANGES, '[::ffff:10.0.0.7]:1433', undefined, 'allowed'],
    [RANGES, '[::ffff:11.0.0.7]:1433', undefined, 'allow'],
    [RANGES, 'anything.example:1433', '10.0.0.7', 'allowed'],
    [RANGES, 'anything.example:1433', '192.0.2.1', 'allow'],
    [RANGES, 'anything.example:1434', undefined, 'allow'],
    // nor does an address that only leads to the same place
    ['allow: ["127.0.0.1:1"]', '0.0.0.0:1', undefined, 'allow'],
    ['allow: ["127.0.0.1:1"]', 'a:1', '0.0.0.0', 'allow'],
    ['allow: ["10.0.0.0/8:1"]', '[64:ff9b::10.0.0.1]:1', undefined, 'allow'],
    // deny comes first
    [BOTH, 'a.corp.example:22', undefined, 'deny: "*:22"'],
    [BOTH, '10.0.0.1:22', undefined, 'deny: "*:22"'],
    [BOTH, 'a.corp.example:80', '10.66.0.1', 'deny: "10.66.0.0/16:*"'],
    [BOTH, 'a.corp.example:80', '::ffff:10.66.0.1', 'deny: "10.66.0.0/16:*"'],
    [BOTH, '[::ffff:10.66.0.1]:80', undefined, 'deny: "10.66.0.0/16:*"'],
    [BOTH, 'a.corp.example:80', '10.67.0.1', 'allowed'],
    [BOTH, 'hr01.corp.example:80', undefined, 'deny: "hr*.corp.example:*"'],
    [BOTH, 'HR01.corp.example.:80', undefined, 'deny: "hr*.corp.example:*"'],
    // without allow, all that is not denied
    [DENIES, 'anything.example:80', '192.0.2.1', 'allowed'],
    [DENIES, 'anything.example:80', '169.254.169.254', 'deny: "169.254.169.254:*"'],
    [DENIES, 'secret.corp.example:80', undefined, 'deny: "secret.corp.example:*"'],
    // spellings of loopback that only a resolver understands
    [DENIES, '2130706433:80', '127.0.0.1', 'deny: "127.0.0.0/8:*"'],
    [DENIES, '0:80', '0.0.0.0', 'deny: "127.0.0.0/8:*"'],
    ['allow: []', 'a:1', undefined, 'allow'],
    ['deny: ["*:*"]', 'a:1', undefined, 'deny: "*:*"'],
    ['ui: denied', 'a:1', '127.0.0.1', 'allowed'],
  ])('%s on %s at %s: %s', (policy, target, address, rule) => {
    expect(decide(policy, target, address)).toBe(rule);
  });

  it.each([
    ['relays: ["*.servicebus.windows.net"]', 'contoso.servicebus.windows.net', undefined],
    ['relays: ["*.servicebus.windows.net"]', 'contoso.servicebus.windows.net:443', undefined],
    ['relays: ["*.servicebus.windows.net"]', 'relay.evil.test', 'relays'],
    ['relays: ["10.0.0.0/8"]', '10.0.0.9:8080', undefined],
    ['relays: ["[fd00::]/8"]', '[fd00::9]:8080', undefined],
    ['relays: ["10.0.0.0/8"]', '127.0.0.1:8080', 'relays'],
    ['relays: []', 'relay.corp.example', 'relays'],
    ['hybridConnections: denied', 'relay.corp.example', 'hybridConnections: denied'],
    ['{}', 'relay.corp.example', undefined],
  ])('%s on the relay %s: %s', (policy, relay, rule) => {
    expect(new Policy(parsePolicy(policy)).relay(relay)?.rule).toBe(rule);
  });

  it.each([
    ['', 'expected object'],
    ['alow: []', 'Unrecognized key: "alow"'],
    ['hybridConnections: no', 'hybridConnections: Invalid'],
    ['allow: "a:1"', 'allow: Invalid input'],
    ['deny: [a]', 'deny[0]: "a" is not host:port'],
    ['relays: ["a:1"]', 'relays[0]: "a:1" has a host'],
    ['allow: [a:1]\nallow: ["*:*"]', 'is not YAML at line 2'],
  ])('that reads %j is refused: %s', (text, message) => {
    expect(() => parsePolicy(text)).toThrow(message);
    expect(() => parsePolicy(text)).toThrow(expect.objectContaining({ code: 'ERR_MANAGER_CONFIG' }));
  });

  it('that cannot be used allows nothing', () => {
    const policy = new Policy(undefined, 'it is damaged');
    const denial = { rule: 'the policy cannot be used', message: 'it is damaged' };
    expect(policy.relay('relay.corp.example')).toEqual(denial);
    expect(policy.target({ host: 'a', port: 1 })).toEqual(denial);
    expect(policy.address({ host: 'a', port: 1 }, '10.0.0.1')).toEqual(denial);
    expect(policy.ui || policy.updates).toBe(false);
  });

  it('says of an address that is none that it is not allowed', () => {
    const policy = new Policy(parsePolicy('deny: ["10.0.0.0/8:*"]'));
    expect(policy.address({ host: 'a', port: 1 }, 'nonsense')?.rule).toBe('allow');
  });

  it('is what the guide says', () => {
    const guide = readFileSync(new URL('../../../../docs/guides/manager-policy.md', import.meta.url), 'utf8');
    const text = /```yaml\n(.*?)```/s.exec(guide)?.[1] ?? '';
    expect(decide(text, 'sql01.corp.example:1433', '10.0.0.7')).toBe('allowed');
    expect(decide(text, 'web.corp.example:8080', '10.20.1.1')).toBe('allowed');
    expect(decide(text, 'web.corp.example:8080', '10.20.66.1')).toBe('deny: "10.20.66.0/24:*"');
    expect(decide(text, '10.20.1.1:22')).toBe('deny: "*:22,3389"');
    expect(new Policy(parsePolicy(text)).relay('contoso.servicebus.windows.net')).toBeUndefined();
    expect(new Policy(parsePolicy(text)).ui).toBe(false);
  });
});
