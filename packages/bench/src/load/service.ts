/** What the client and the target of a measurement agree on. @module */

/** The first byte of a connection, which chooses the service. */
export const Service = {
  /** Eight bytes say how many follow; answered with the count of those that came. */
  upload: 0x75,
  /** Eight bytes say how many to send. */
  download: 0x64,
  /** Both at once, each as above: as many bytes down as up, then the count. */
  both: 0x62,
  /** What comes goes back. */
  echo: 0x65,
  /** The same in a process that does nothing else; it speaks first, one byte. */
  echoApart: 0x61,
} as const;

/** A length on the wire: eight bytes, most significant first. */
export const COUNT_BYTES = 8;

/** How much the two ends read at a time, and write unless a case says otherwise. */
export const BUFFER_BYTES = 256 * 1024;

/** The first bytes of a connection that moves `length` bytes. */
export function transferRequest(service: number, length: number): Buffer {
  const request = Buffer.alloc(1 + COUNT_BYTES);
  request[0] = service;
  request.writeBigUInt64BE(BigInt(length), 1);
  return request;
}
