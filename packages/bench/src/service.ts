/** What the client and the target of a measurement agree on. @module */

/** The first byte of a connection, which chooses the service. */
export const Service = { upload: 0x75, download: 0x64, echo: 0x65 } as const;

/** A length on the wire: eight bytes, most significant first. */
export const COUNT_BYTES = 8;

/** How much the two ends write, and read, at a time. */
export const BUFFER_BYTES = 256 * 1024;
