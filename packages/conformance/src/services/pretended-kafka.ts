/**
 * The least of a Kafka broker that its driver works with: it says which requests it knows and what the cluster is made of,
 * and keeps no messages. The large answer is a list of many topics; a question about the topic `wait` is never answered.
 *
 * Source: Apache Kafka protocol guide (ApiVersions 0, Metadata 1).
 * @module
 */
import type net from 'node:net';
import { serverCertificate } from '../certificates.js';
import { PretendedServer } from './pretended-server.js';
import type { RestartableService } from './service.js';

/** A running broker. */
export interface PretendedKafka extends RestartableService {
  readonly servername: string;
  readonly ca: string;
  readonly tlsPort: number;
  /** Bytes of all topics' names. */
  readonly topicBytes: number;
}

const METADATA = 3;
const API_VERSIONS = 18;
const NAME_BYTES = 249; // the longest that Kafka allows
const TOPICS = 12_050;
const BROKER_PORT = 9092;
const NO_TEXT = Buffer.of(0xff, 0xff);

/** Starts it, at a plain port and at one with TLS. */
export async function startPretendedKafka(): Promise<PretendedKafka> {
  const servername = 'kafka.test';
  const certificate = await serverCertificate([servername]);
  const topics = Array.from({ length: TOPICS }, (_, index) => `${index}`.padStart(NAME_BYTES, 'x'));
  const serve = (socket: net.Socket) => {
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE()) {
        const request = pending.subarray(4, 4 + pending.readInt32BE());
        pending = pending.subarray(4 + request.length);
        const answer = answerTo(request, servername, topics);
        if (answer !== undefined) socket.write(answer);
      }
    });
  };
  const plain = await PretendedServer.start(serve);
  const secure = await PretendedServer.start(serve, certificate);
  const both = async (act: (server: PretendedServer) => Promise<void>) => {
    await Promise.all([plain, secure].map(act));
  };
  return {
    ...{ host: plain.host, port: plain.port, tlsPort: secure.port, servername, ca: certificate.ca },
    topicBytes: TOPICS * NAME_BYTES,
    restart: () => both((server) => server.restart()),
    stop: () => both((server) => server.stop()),
  };
}

function answerTo(request: Buffer, host: string, topics: readonly string[]): Buffer | undefined {
  const [key, correlation] = [request.readInt16BE(), request.readInt32BE(4)];
  if (key === API_VERSIONS) {
    const known = [API_VERSIONS, 0, 0, METADATA, 1, 1].map(int16);
    return framed(correlation, [int16(0), int32(2), ...known]);
  }
  const body = request.subarray(10 + request.readInt16BE(8));
  const wanted = body.readInt32BE();
  if (wanted === 1 && body.toString('latin1', 6) === 'wait') return undefined;
  const listed = wanted === -1 || wanted === 0 ? topics : [];
  const broker = [int32(0), text(host), int32(BROKER_PORT), NO_TEXT];
  return framed(correlation, [
    ...[int32(1), ...broker, int32(0), int32(listed.length)],
    ...listed.flatMap((name) => [int16(0), text(name), Buffer.of(0), int32(0)]),
  ]);
}

function framed(correlation: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat([int32(correlation), ...parts]);
  return Buffer.concat([int32(body.length), body]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.concat([int16(value.length), Buffer.from(value, 'latin1')]);
}
