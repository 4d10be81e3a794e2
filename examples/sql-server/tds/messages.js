/**
 * Messages of the Tabular Data Stream, which SQL Server speaks, out of and into packets.
 *
 * Source: [MS-TDS] section 2.2.3.
 */
const HEADER_BYTES = 8;
const END_OF_MESSAGE = 1;

export const MessageType = {
  batch: 1,
  call: 3,
  answer: 4,
  attention: 6,
  transaction: 14,
  login: 16,
  prelogin: 18,
};

/** Gathers packets into messages. */
export class MessageReader {
  #rest = Buffer.alloc(0);
  #parts = [];

  /** @returns the messages that are complete by now */
  take(chunk) {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages = [];
    while (this.#rest.length >= HEADER_BYTES) {
      const length = this.#rest.readUInt16BE(2);
      if (length < HEADER_BYTES) throw new Error('A packet is shorter than its header');
      if (this.#rest.length < length) break;
      const [type, status] = this.#rest;
      this.#parts.push(this.#rest.subarray(HEADER_BYTES, length));
      this.#rest = this.#rest.subarray(length);
      if ((status & END_OF_MESSAGE) === 0) continue;
      messages.push({ type, body: Buffer.concat(this.#parts) });
      this.#parts = [];
    }
    return messages;
  }
}

/** A message in packets of at most so many bytes. */
export function packets(type, body, packetBytes) {
  const room = packetBytes - HEADER_BYTES;
  const count = Math.max(1, Math.ceil(body.length / room));
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const part = body.subarray(index * room, (index + 1) * room);
      const header = Buffer.alloc(HEADER_BYTES);
      header[0] = type;
      header[1] = index === count - 1 ? END_OF_MESSAGE : 0;
      header.writeUInt16BE(HEADER_BYTES + part.length, 2);
      header[6] = (index + 1) & 0xff;
      return Buffer.concat([header, part]);
    }),
  );
}
