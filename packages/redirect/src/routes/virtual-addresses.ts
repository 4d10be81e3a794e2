/**
 * Loopback addresses that stand for names: a name gets one out of a network, which follows from the name, so that every
 * process comes to the same one as long as no other name had it first.
 *
 * An address once given stays with its name for as long as the process lives, also after the name is gone: somebody may
 * have kept it, and must not come out at another service.
 * @module
 */
import { createHash } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { hostKey } from './host-name.js';

/** The network out of which addresses are given. All of 127/8 is this machine (RFC 1122, section 3.2.1.3). */
export const VIRTUAL_ADDRESSES = '127.77.0.0/16';

/** Addresses of a network for names. */
export class VirtualAddresses {
  /** First address as a number. */
  readonly #first: number;
  readonly #size: number;
  readonly #addressOf = new Map<string, string>();
  readonly #hostOf = new Map<string, string>();

  /**
   * @param network - a part of 127.0.0.0/8, from /9 to /24; neither its first nor its last address is given to a name, nor are
   * those of `127.0.0.0/24`, which others use
   * @throws RangeError when it is anything else
   */
  constructor(network: string = VIRTUAL_ADDRESSES) {
    const { first, size } = parseNetwork(network);
    this.#first = first;
    this.#size = size;
  }

  /**
   * The address of a name, given now if it has none. IP addresses have none: nobody resolves them.
   * @throws RangeError when all are given
   */
  addressOf(host: string): string | undefined {
    const key = hostKey(host);
    const known = this.#addressOf.get(key);
    if (known !== undefined) return known;
    if (isIPv4(key) || key.includes(':')) return undefined;
    const address = this.#freeAddress(key);
    this.#addressOf.set(key, address);
    this.#hostOf.set(address, key);
    return address;
  }

  /** The name that an address stands for. */
  hostOf(address: string): string | undefined {
    return this.#hostOf.get(address);
  }

  #freeAddress(key: string): string {
    // First and last are left out, as broadcast addresses would be.
    const usable = this.#size - 2;
    const start = createHash('sha256').update(key).digest().readUInt32BE() % usable;
    for (let step = 0; step < usable; step += 1) {
      const address = formatAddress(this.#first + 1 + ((start + step) % usable));
      if (!this.#hostOf.has(address) && !RESERVED.test(address)) return address;
    }
    throw new RangeError('There is no virtual address left: give virtualAddresses a larger network');
  }
}

/** Where everybody's own loopback services are. */
const RESERVED = /^127\.0\.0\./;

function parseNetwork(network: string): { readonly first: number; readonly size: number } {
  const [, address = '', bits = ''] = /^([\d.]+)\/(\d{1,2})$/.exec(network) ?? [];
  const length = Number(bits);
  if (!isIPv4(address) || !address.startsWith('127.') || length < 9 || length > 24) {
    throw new RangeError(
      `${JSON.stringify(network)} is no part of 127.0.0.0/8, such as ${VIRTUAL_ADDRESSES}`,
    );
  }
  const size = 2 ** (32 - length);
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  if (number % size !== 0) {
    throw new RangeError(
      `${network} does not begin with its first address: ${formatAddress(number - (number % size))}`,
    );
  }
  return { first: number, size };
}

function formatAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
