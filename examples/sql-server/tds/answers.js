/**
 * What the server says, written down.
 *
 * Source: [MS-TDS] section 2.2.7.
 */
const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);

/** Which of PostgreSQL's types become what; all others are text. */
const INTEGERS = new Map([
  [21, 2],
  [23, 4],
  [20, 8],
]);
const FLOATS = new Set([700, 701]);
const BOOLEAN = 16;

/** The server's side of PRELOGIN. */
export function prelogin({ encryption }) {
  const values = [
    [0, Buffer.from([16, 0, 0, 0, 0, 0])],
    [1, Buffer.from([encryption ? 1 : 2])],
    [2, Buffer.from([0])],
    [4, Buffer.from([0])],
  ];
  let offset = 5 * values.length + 1;
  const heads = values.map(([token, value]) => {
    const head = Buffer.alloc(5);
    head[0] = token;
    head.writeUInt16BE(offset, 1);
    head.writeUInt16BE(value.length, 3);
    offset += value.length;
    return head;
  });
  return Buffer.concat([...heads, Buffer.from([0xff]), ...values.map(([, value]) => value)]);
}

export function loggedIn(database, packetBytes) {
  const version = Buffer.from([0x74, 0, 0, 4]);
  const program = Buffer.concat([
    Buffer.from([1]),
    version,
    short('Microsoft SQL Server'),
    Buffer.from([16, 0, 0, 0]),
  ]);
  return Buffer.concat([
    change(1, short(database), short('master')),
    change(4, short(String(packetBytes)), short('4096')),
    token(0xad, program),
    done(),
  ]);
}

/** A transaction began, was committed or was rolled back. */
export function transaction(what) {
  const id = Buffer.from([8, 1, 0, 0, 0, 0, 0, 0, 0]);
  const none = Buffer.from([0]);
  const changes = { begin: [8, id, none], commit: [9, none, id], rollback: [10, none, id] };
  return Buffer.concat([change(...changes[what]), done()]);
}

export function failure(number, message, severity = 16) {
  const line = Buffer.alloc(4);
  line.writeUInt32LE(1);
  const head = Buffer.alloc(6);
  head.writeInt32LE(number);
  head[4] = 1;
  head[5] = severity;
  return token(0xaa, Buffer.concat([head, long(message), short('sql01'), short(''), line]));
}

/** @param isCall - of a stored procedure, rather than of a batch */
export function result({ fields, rows, affectedRows = 0 }, isCall) {
  const parts = fields.length === 0 ? [] : [columns(fields), ...rows.map((row) => rowOf(fields, row))];
  const count = fields.length === 0 ? affectedRows : rows.length;
  if (!isCall) return Buffer.concat([...parts, done({ count })]);
  const status = Buffer.from([0x79, 0, 0, 0, 0]);
  return Buffer.concat([...parts, done({ kind: 0xff, count, more: true }), status, done({ kind: 0xfe })]);
}

/** @param kind - 0xfd after a batch, 0xfe after a procedure, 0xff within one */
export function done({ kind = 0xfd, count, more = false, failed = false, attention = false } = {}) {
  const bytes = Buffer.alloc(13);
  bytes[0] = kind;
  const status =
    (more ? 1 : 0) | (failed ? 2 : 0) | (count === undefined ? 0 : 0x10) | (attention ? 0x20 : 0);
  bytes.writeUInt16LE(status, 1);
  bytes.writeBigUInt64LE(BigInt(count ?? 0), 5);
  return bytes;
}

function columns(fields) {
  const head = Buffer.alloc(3);
  head[0] = 0x81;
  head.writeUInt16LE(fields.length, 1);
  const each = fields.map(({ name, dataTypeID }) =>
    Buffer.concat([Buffer.from([0, 0, 0, 0, 1, 0]), typeOf(dataTypeID), short(name)]),
  );
  return Buffer.concat([head, ...each]);
}

function typeOf(id) {
  if (INTEGERS.has(id)) return Buffer.from([0x26, INTEGERS.get(id)]);
  if (FLOATS.has(id)) return Buffer.from([0x6d, 8]);
  if (id === BOOLEAN) return Buffer.from([0x68, 1]);
  return Buffer.concat([Buffer.from([0xe7, 0xff, 0xff]), COLLATION]);
}

function rowOf(fields, row) {
  return Buffer.concat([
    Buffer.from([0xd1]),
    ...fields.map(({ name, dataTypeID }) => bytesOf(dataTypeID, row[name])),
  ]);
}

function bytesOf(id, value) {
  const isNull = value === null || value === undefined;
  if (INTEGERS.has(id)) return isNull ? Buffer.from([0]) : integer(INTEGERS.get(id), value);
  if (id === BOOLEAN) return isNull ? Buffer.from([0]) : Buffer.from([1, value ? 1 : 0]);
  if (FLOATS.has(id)) {
    if (isNull) return Buffer.from([0]);
    const bytes = Buffer.alloc(9);
    bytes[0] = 8;
    bytes.writeDoubleLE(Number(value), 1);
    return bytes;
  }
  return isNull ? Buffer.alloc(8, 0xff) : pieces(Buffer.from(textOf(value), 'utf16le'));
}

function integer(length, value) {
  const bytes = Buffer.alloc(1 + length);
  bytes[0] = length;
  if (length === 8) bytes.writeBigInt64LE(BigInt(value), 1);
  else bytes.writeIntLE(Number(value), 1, length);
  return bytes;
}

function pieces(bytes) {
  const total = Buffer.alloc(8);
  total.writeBigUInt64LE(BigInt(bytes.length));
  if (bytes.length === 0) return Buffer.concat([total, Buffer.alloc(4)]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([total, length, bytes, Buffer.alloc(4)]);
}

function textOf(value) {
  if (value instanceof Date) return value.toISOString();
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function change(type, after, before) {
  return token(0xe3, Buffer.concat([Buffer.from([type]), after, before]));
}

function token(kind, body) {
  const head = Buffer.alloc(3);
  head[0] = kind;
  head.writeUInt16LE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** A text with its length in one byte. */
function short(text) {
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'utf16le')]);
}

/** A text with its length in two bytes. */
function long(text) {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([length, Buffer.from(text, 'utf16le')]);
}
