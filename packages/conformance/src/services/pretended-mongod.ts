/**
 * The least of a MongoDB server that its driver works with: the wire and the handshake are MongoDB's, there is no database.
 * It knows `ping`, `find`, which answers with one large document, and `sleep`, which it never answers.
 *
 * Source: MongoDB manual, "MongoDB Wire Protocol" (OP_MSG, OP_QUERY) and the command `hello`.
 * @module
 */
import type net from 'node:net';
import { BSON } from 'mongodb';
import { PretendedServer } from './pretended-server.js';
import type { RestartableService } from './service.js';

const HEADER_BYTES = 16;
const OP_MSG = 2013;
const OP_QUERY = 2004;
const OP_REPLY = 1;
/** MongoDB 8.0. Source: the driver's table of wire versions. */
const WIRE_VERSION = 25;

/** Starts it. */
export function startPretendedMongod(): Promise<RestartableService> {
  return PretendedServer.start((socket) => {
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= HEADER_BYTES && pending.length >= pending.readInt32LE()) {
        const message = pending.subarray(0, pending.readInt32LE());
        pending = pending.subarray(message.length);
        answer(socket, message);
      }
    });
  });
}

function answer(socket: net.Socket, message: Buffer): void {
  const [id, code] = [message.readInt32LE(4), message.readInt32LE(12)];
  if (code === OP_QUERY) {
    // The first message of a driver: flags, name of a collection, two numbers, and a document, `hello`.
    const prefix = Buffer.alloc(20);
    prefix.writeInt32LE(1, 16); // one document
    send(socket, id, OP_REPLY, Buffer.concat([prefix, BSON.serialize(hello())]));
    return;
  }
  const command = BSON.deserialize(message.subarray(HEADER_BYTES + 5));
  const result = resultOf(command);
  if (result !== undefined) {
    send(socket, id, OP_MSG, Buffer.concat([Buffer.alloc(5), BSON.serialize({ ...result, ok: 1 })]));
  }
}

function resultOf(command: BSON.Document): BSON.Document | undefined {
  if ('hello' in command || 'ismaster' in command) return hello();
  if ('sleep' in command) return undefined;
  if (!('find' in command)) return {};
  const big = 'x'.repeat(command.filter.bytes);
  return {
    cursor: { id: BSON.Long.fromNumber(0), ns: `${command.$db}.${command.find}`, firstBatch: [{ big }] },
  };
}

function hello(): BSON.Document {
  return {
    ...{ ismaster: true, isWritablePrimary: true, helloOk: true, ok: 1 },
    ...{ maxBsonObjectSize: 16_777_216, maxMessageSizeBytes: 48_000_000, maxWriteBatchSize: 100_000 },
    ...{ minWireVersion: 0, maxWireVersion: WIRE_VERSION, readOnly: false },
  };
}

function send(socket: net.Socket, to: number, code: number, body: Buffer): void {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeInt32LE(HEADER_BYTES + body.length);
  header.writeInt32LE(to, 8);
  header.writeInt32LE(code, 12);
  socket.write(Buffer.concat([header, body]));
}
