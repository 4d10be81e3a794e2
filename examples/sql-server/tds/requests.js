/**
 * What a client asks, read.
 *
 * Source: [MS-TDS] sections 2.2.6.4 (LOGIN7), 2.2.6.5 (PRELOGIN), 2.2.6.6 (RPC), 2.2.6.7 (SQLBatch).
 */

/** Places of texts in LOGIN7, each an offset and a number of characters. */
const USER = 40;
const PASSWORD = 44;
const DATABASE = 68;

/** Stored procedures that are called by number. */
const PROCEDURES = { 10: 'sp_executesql' };

/** @returns user, password and database */
export function readLogin(body) {
  const text = (at) => {
    const offset = body.readUInt16LE(at);
    return body.subarray(offset, offset + 2 * body.readUInt16LE(at + 2));
  };
  const hidden = Buffer.from(text(PASSWORD)).map((byte) => {
    const bits = byte ^ 0xa5;
    return ((bits & 0x0f) << 4) | (bits >> 4);
  });
  return {
    user: text(USER).toString('utf16le'),
    password: hidden.toString('utf16le'),
    database: text(DATABASE).toString('utf16le'),
  };
}

/** Whether a client wants all of a connection to be encrypted. Only the login, as is possible too, is not offered here. */
export function wantsEncryption(prelogin) {
  for (let at = 0; prelogin[at] !== 0xff; at += 5) {
    if (prelogin[at] === 1) return [1, 3].includes(prelogin[prelogin.readUInt16BE(at + 1)]);
  }
  return false;
}

/** @returns the SQL of a batch */
export function readBatch(body) {
  return body.subarray(body.readUInt32LE(0)).toString('utf16le');
}

/** @returns what a transaction request is for: `begin`, `commit`, `rollback` */
export function readTransaction(body) {
  return { 5: 'begin', 7: 'commit', 8: 'rollback' }[body.readUInt16LE(body.readUInt32LE(0))];
}

/** @returns the procedure's name, and the values that it gets, by name */
export function readCall(body) {
  const reader = new Reader(body, body.readUInt32LE(0));
  const length = reader.uint16();
  const name = length === 0xffff ? PROCEDURES[reader.uint16()] : reader.text(length);
  reader.uint16();
  const values = [];
  while (!reader.isDone) {
    const parameter = reader.text(reader.uint8());
    reader.uint8();
    values.push({ name: parameter, value: reader.value() });
  }
  return { name, values };
}

class Reader {
  #bytes;
  #at;

  constructor(bytes, at) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isDone() {
    return this.#at >= this.#bytes.length;
  }

  take(length) {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint8() {
    return this.take(1)[0];
  }

  uint16() {
    return this.take(2).readUInt16LE();
  }

  text(characters) {
    return this.take(2 * characters).toString('utf16le');
  }

  /** A value with its type before it. */
  value() {
    const type = this.uint8();
    switch (type) {
      case 0x26: // INTN
        this.uint8();
        return integer(this.take(this.uint8()));
      case 0x68: // BITN
        this.uint8();
        return this.take(this.uint8())[0] === 1;
      case 0x6d: {
        // FLTN
        this.uint8();
        const bytes = this.take(this.uint8());
        return bytes.length === 8 ? bytes.readDoubleLE() : bytes.length === 4 ? bytes.readFloatLE() : null;
      }
      case 0xe7: {
        // NVARCHAR
        const longest = this.uint16();
        this.take(5);
        return longest === 0xffff ? this.#pieces() : this.#short();
      }
      default:
        throw new Error(`A parameter has the type 0x${type.toString(16)}, which is not known here`);
    }
  }

  #short() {
    const length = this.uint16();
    return length === 0xffff ? null : this.take(length).toString('utf16le');
  }

  /** A text of any length comes in pieces. */
  #pieces() {
    if (this.take(8).readBigUInt64LE() === 0xffff_ffff_ffff_ffffn) return null;
    const parts = [];
    for (let length = this.take(4).readUInt32LE(); length > 0; length = this.take(4).readUInt32LE()) {
      parts.push(this.take(length));
    }
    return Buffer.concat(parts).toString('utf16le');
  }
}

function integer(bytes) {
  if (bytes.length === 0) return null;
  return bytes.length === 8 ? Number(bytes.readBigInt64LE()) : bytes.readIntLE(0, bytes.length);
}
