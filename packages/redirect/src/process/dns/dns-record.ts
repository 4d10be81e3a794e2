/**
 * The one record that a DNS name has with us: an endpoint's name its virtual address, and that address the name.
 *
 * The second is for programs that ask whom they are connected to, as drivers and their logs do: a refusal would have them wait
 * for servers that know nothing of a loopback address.
 *
 * Source: RFC 1035, section 3.2.1 (records), 3.4.1 (A), 3.3.12 and 3.5 (PTR).
 * @module
 */

/** What is answered; each is asked for each question. */
export interface DnsNames {
  /** The IPv4 address of a name (small letters, no dot at the end), if it has one. */
  addressOf(name: string): string | undefined;
  /** The name of an IPv4 address, if it stands for one. */
  nameOf(address: string): string | undefined;
}

/** Types that matter here. */
export const TYPE = { A: 1, PTR: 12, OPT: 41, ANY: 255 } as const;
export const CLASS_IN = 1;

/** A record, whose name is that of the question. */
export interface DnsRecord {
  readonly type: number;
  readonly data: Buffer;
}

/** How long an answer may be kept, in seconds: short, because routes change while applications run. */
const TTL_SECONDS = 5;
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;

/** Of an IPv4 address, backwards. */
const REVERSE = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/;

/** What a name has. @param asked - small letters, no dot at the end @returns `undefined` for what is no matter of ours */
export function recordOf(asked: string, names: DnsNames): DnsRecord | undefined {
  const reversed = REVERSE.exec(asked);
  if (reversed !== null) {
    const name = names.nameOf(reversed.slice(1).reverse().join('.'));
    const data = name === undefined ? undefined : nameBytes(name);
    return data && { type: TYPE.PTR, data };
  }
  const address = names.addressOf(asked);
  return address === undefined
    ? undefined
    : { type: TYPE.A, data: Buffer.from(address.split('.').map(Number)) };
}

/** @param at - where the name of the question begins in the message, which the record points to */
export function recordBytes({ type, data }: DnsRecord, at: number): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc000 | at, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(CLASS_IN, 4);
  head.writeUInt32BE(TTL_SECONDS, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

/** @returns `undefined` for a host that is no name of DNS, for whose address nobody could have asked */
function nameBytes(name: string): Buffer | undefined {
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'));
  if (labels.some(({ length }) => length === 0 || length > MAX_LABEL_BYTES)) return undefined;
  const bytes = Buffer.concat([...labels.flatMap((label) => [Buffer.of(label.length), label]), Buffer.of(0)]);
  return bytes.length > MAX_NAME_BYTES ? undefined : bytes;
}
