import { describe, expect, it } from 'vitest';
import { VirtualAddresses } from './virtual-addresses.js';

describe('the virtual address of a name', () => {
  it('is the same in every process, since it follows from the name', () => {
    const [one, other] = [new VirtualAddresses(), new VirtualAddresses()];
    expect(one.addressOf('sql01.corp.example')).toBe(other.addressOf('SQL01.corp.example.'));
  });

  it('is in 127.77.0.0/16 unless another network is given', () => {
    expect(new VirtualAddresses().addressOf('sql01.corp.example')).toMatch(/^127\.77\.\d+\.\d+$/);
    expect(new VirtualAddresses('127.99.8.0/24').addressOf('sql01.corp.example')).toMatch(
      /^127\.99\.8\.\d+$/,
    );
  });

  it('leads back to the name', () => {
    const addresses = new VirtualAddresses();
    expect(addresses.hostOf(addresses.addressOf('SQL01')!)).toBe('sql01');
    expect(addresses.hostOf('127.0.0.1')).toBeUndefined();
  });

  it('is no one else’s, down to the last one of the network', () => {
    const addresses = new VirtualAddresses('127.99.8.0/24');
    const given = Array.from({ length: 254 }, (_, index) => addresses.addressOf(`host-${index}`));
    expect(new Set(given).size).toBe(254);
    expect(given).not.toContain('127.99.8.0');
    expect(given).not.toContain('127.99.8.255');
    expect(() => addresses.addressOf('one-more')).toThrow(RangeError);
  });

  it.each(['10.0.0.7', 'fd00::7'])('is not given for %s, which nobody resolves', (address) => {
    expect(new VirtualAddresses().addressOf(address)).toBeUndefined();
  });

  it('leaves 127.0.0.0/24 to others', () => {
    const addresses = new VirtualAddresses('127.0.0.0/20');
    const given = Array.from({ length: 3_000 }, (_, index) => addresses.addressOf(`host-${index}`));
    expect(given.filter((address) => address?.startsWith('127.0.0.'))).toEqual([]);
  });
});

describe('a network for virtual addresses', () => {
  it.each(['', '127.77.0.0', '10.0.0.0/16', '127.0.0.0/8', '127.77.0.0/25', '127.77.0.1/16', '127.77/16'])(
    'is refused when it is %j',
    (network) => {
      expect(() => new VirtualAddresses(network)).toThrow(RangeError);
    },
  );
});
