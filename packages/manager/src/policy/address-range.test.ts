import { describe, expect, it } from 'vitest';
import { addressForms, isInRange, parseAddress, parseRange } from './address-range.js';

describe('an address', () => {
  it.each([
    ['0.0.0.0', 32, 0n],
    ['10.0.0.7', 32, 0x0a000007n],
    ['255.255.255.255', 32, 0xffffffffn],
    ['::', 128, 0n],
    ['::1', 128, 1n],
    ['fd00::7', 128, 0xfd000000000000000000000000000007n],
    ['1:2:3:4:5:6:7:8', 128, 0x00010002000300040005000600070008n],
    ['::ffff:10.0.0.7', 128, 0xffff0a000007n],
    ['fe80::1%eth0', 128, 0xfe800000000000000000000000000001n],
  ])('%s is read', (text, bits, value) => {
    expect(parseAddress(text)).toEqual({ bits, value });
  });

  it.each(['', 'sql01', '10.0.0', '10.0.0.256', '010.0.0.1', '[::1]', '1::2::3'])('is not %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('a range', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3/8', '10.200.0.1', true],
    ['10.0.0.7', '10.0.0.7', true],
    ['10.0.0.7', '10.0.0.8', false],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['0.0.0.0/0', 'fd00::1', false],
    ['fd00::/8', 'fdff::1', true],
    ['fd00::/8', 'fe00::1', false],
    ['::/0', 'fe00::1', true],
    ['10.0.0.0/8', '::ffff:10.0.0.1', true],
    ['10.0.0.0/8', '::ffff:a00:1', true],
    ['10.0.0.0/8', '64:ff9b::10.0.0.1', true],
    ['10.0.0.0/8', '2002:0a00:0001::5', true],
    ['10.0.0.0/8', '::10.0.0.1', true],
    ['10.0.0.0/8', '::ffff:0:10.0.0.1', true],
    ['127.0.0.0/8', '0.0.0.0', true],
    ['127.0.0.0/8', '::', true],
    ['::1', '0.0.0.0', true],
    ['::1', '::ffff:0.0.0.0', true],
    ['fe80::/10', 'fe80::1%eth0', true],
  ])('%s and %s: %s', (range, address, expected) => {
    expect(addressForms(address).some((form) => isInRange(form, parseRange(range)!))).toBe(expected);
  });

  it.each(['', '10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0/8', 'a/8', '10.0.0.0/-1', 'fe80::1%eth0/64'])(
    'is not %j',
    (text) => {
      expect(parseRange(text)).toBeUndefined();
    },
  );
});
