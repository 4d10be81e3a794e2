/**
 * The service at the far end of what is measured, as a process of its own.
 * `load/service.ts` says what the first bytes of a connection choose.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import net from 'node:net';
import { BUFFER_BYTES, COUNT_BYTES, Service } from './load/service.js';
import { readStatically } from './load/static-reads.js';
import { writeBlocks } from './load/write-blocks.js';
import { scriptPath } from './script.js';

let echoProcess: ChildProcess | undefined;

function echo(): ChildProcess {
  echoProcess ??= fork(scriptPath('echo'));
  return echoProcess;
}

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  let early: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', function choose(bytes: Buffer) {
    early = early.length === 0 ? bytes : Buffer.concat([early, bytes]);
    const service = early[0];
    if (service === Service.echo) {
      socket.off('data', choose);
      socket.write(early.subarray(1));
      socket.pipe(socket);
    } else if (service === Service.echoApart) {
      socket.off('data', choose);
      echo().send('echo', socket);
    } else if (early.length > COUNT_BYTES) {
      socket.off('data', choose).pause();
      const length = Number(early.readBigUInt64BE(1));
      serve(socket, service, length, early.length - 1 - COUNT_BYTES);
    }
  });
});

function serve(socket: net.Socket, service: number | undefined, length: number, early: number): void {
  if (service === Service.download) {
    socket.resume();
    void writeBlocks(socket, length, BUFFER_BYTES).then(() => socket.end());
    return;
  }
  const counted = count(socket, length, early);
  const sent =
    service === Service.both ? writeBlocks(counted.socket, length, BUFFER_BYTES) : Promise.resolve();
  void Promise.all([counted.all, sent]).then(([received]) => {
    const answer = Buffer.alloc(COUNT_BYTES);
    answer.writeBigUInt64BE(BigInt(received));
    counted.socket.end(answer);
  });
}

/** Counts what arrives until as much as announced is here, or the client has ended before. */
function count(
  socket: net.Socket,
  length: number,
  early: number,
): { socket: net.Socket; all: Promise<number> } {
  let received = early;
  let done: (received: number) => void = () => undefined;
  const all = new Promise<number>((resolve) => {
    done = resolve;
  });
  const reading = readStatically(socket, (bytes) => {
    received += bytes.length;
    if (received >= length) done(received);
  });
  reading.on('error', () => reading.destroy());
  reading.once('end', () => done(received));
  reading.once('close', () => done(received));
  reading.resume();
  if (received >= length) done(received);
  return { socket: reading, all };
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`ready ${(server.address() as net.AddressInfo).port}\n`);
});
