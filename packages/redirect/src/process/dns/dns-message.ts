/**
 * DNS questions and the answers to them, as bytes. Whatever the bytes are, there is an answer or silence, never an error.
 *
 * A name that has a virtual address is answered with it, and that address with the name; of either all other types are there
 * and empty, so that nobody asks for an IPv6 address elsewhere. Any other name is refused, which makes a resolver ask its
 * next server: nothing is ever forwarded.
 *
 * Source: RFC 1035, section 4 (messages), RFC 6891 (EDNS), RFC 8482 (type ANY).
 * @module
 */
import { CLASS_IN, type DnsNames, type DnsRecord, recordBytes, recordOf, TYPE } from './dns-record.js';

/** A question is at most a name, types and an EDNS record with a few options; ours is the limit. */
export const MAX_QUERY_BYTES = 4_096;

const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;
/** What we say we take by UDP, as is usual. Our own answers need a fraction of it. */
const UDP_BYTES = 1_232;

const CLASS_ANY = 255;
const RCODE = { ok: 0, formatError: 1, notImplemented: 4, refused: 5, badVersion: 16 } as const;

/**
 * Answers a message.
 * @param message - as it came, without the length that TCP puts before it
 * @returns the answer; `undefined` for what is no question, which is not answered at all
 */
export function answerTo(message: Uint8Array, names: DnsNames): Buffer | undefined {
  const query = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  // An answer to an answer could go on for ever.
  if (query.length < HEADER_BYTES || (query[2]! & 0x80) !== 0) return undefined;
  if (query.length > MAX_QUERY_BYTES) return reply(query, RCODE.formatError);
  if (opcodeOf(query) !== 0) return reply(query, RCODE.notImplemented);

  const question = query.readUInt16BE(4) === 1 ? readQuestion(query) : undefined;
  if (question === undefined) return reply(query, RCODE.formatError);
  const edns = readEdns(query, question.end);
  if (edns !== undefined && edns.version > 0) return reply(query, RCODE.badVersion, { question, edns });

  const isOurClass = question.class === CLASS_IN || question.class === CLASS_ANY;
  const ours = isOurClass && question.name !== undefined ? recordOf(question.name, names) : undefined;
  if (ours === undefined) return reply(query, RCODE.refused, { question, edns });
  const isAsked = question.type === ours.type || question.type === TYPE.ANY;
  return reply(query, RCODE.ok, { question, edns, record: isAsked ? ours : undefined });
}

interface Question {
  /** `undefined` when it cannot be a host's name. */
  readonly name: string | undefined;
  readonly type: number;
  readonly class: number;
  /** Where it ends in the message. */
  readonly end: number;
}

interface Edns {
  readonly version: number;
}

interface ReplyParts {
  readonly question?: Question;
  readonly edns?: Edns | undefined;
  readonly record?: DnsRecord | undefined;
}

function opcodeOf(query: Buffer): number {
  return (query[2]! >> 3) & 0xf;
}

/** Reads the only question. Compression has nothing to point to there. */
function readQuestion(query: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63 || at + length - HEADER_BYTES >= MAX_NAME_BYTES) return undefined;
    at += 1;
    if (length === 0) break;
    labels.push(query.toString('latin1', at, at + length));
    at += length;
  }
  if (at + 4 > query.length) return undefined;
  // A dot inside a label would make another name of it.
  const isName = labels.every((label) => /^[\w-]+$/.test(label));
  return {
    name: isName ? labels.join('.').toLowerCase() : undefined,
    type: query.readUInt16BE(at),
    class: query.readUInt16BE(at + 2),
    end: at + 4,
  };
}

/** The EDNS record, where it is the first thing after the question, as every resolver writes it. */
function readEdns(query: Buffer, at: number): Edns | undefined {
  const hasOthers = query.readUInt32BE(6) !== 0;
  if (hasOthers || query.readUInt16BE(10) === 0 || at + 11 > query.length) return undefined;
  if (query[at] !== 0 || query.readUInt16BE(at + 1) !== TYPE.OPT) return undefined;
  return { version: query[at + 6]! };
}

function reply(query: Buffer, rcode: number, { question, edns, record }: ReplyParts = {}): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  // QR, the opcode and "recursion desired" as asked, AA for what is ours.
  header[2] = 0x80 | (query[2]! & 0x79) | (rcode === RCODE.ok ? 0x04 : 0);
  header[3] = rcode & 0xf;
  header.writeUInt16BE(question === undefined ? 0 : 1, 4);
  header.writeUInt16BE(record === undefined ? 0 : 1, 6);
  header.writeUInt16BE(edns === undefined ? 0 : 1, 10);
  return Buffer.concat([
    header,
    ...(question === undefined ? [] : [query.subarray(HEADER_BYTES, question.end)]),
    ...(record === undefined ? [] : [recordBytes(record, HEADER_BYTES)]),
    ...(edns === undefined ? [] : [ednsRecord(rcode)]),
  ]);
}

/** Version 0, no options; the upper bits of the code are in it. */
function ednsRecord(rcode: number): Buffer {
  const record = Buffer.alloc(11);
  record.writeUInt16BE(TYPE.OPT, 1);
  record.writeUInt16BE(UDP_BYTES, 3);
  record[5] = rcode >> 4;
  return record;
}
