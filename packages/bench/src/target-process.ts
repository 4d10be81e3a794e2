/**
 * The service at the far end of what is measured, as a process of its own.
 *
 * The first byte of a connection chooses what it does: `u` counts what arrives and answers with the count once the
 * client has ended; `d` sends as many bytes as the following eight say, and ends; `e` echoes.
 * @module
 */
import net from 'node:net';
import { Conduit } from '@hybridge/socket';
import { BUFFER_BYTES, COUNT_BYTES, Service } from './service.js';

const block = Buffer.alloc(BUFFER_BYTES, 'hybridge');

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.once('data', (first: Buffer) => {
    const rest = first.subarray(1);
    if (first[0] === Service.echo) {
      socket.write(rest);
      socket.pipe(socket);
    } else if (first[0] === Service.upload) {
      count(socket, rest.length);
    } else {
      send(socket, Number(rest.readBigUInt64BE(0)));
    }
  });
});

/** Reads into a buffer of its own, so that what is measured is the path and not its end. */
function count(socket: net.Socket, early: number): void {
  let received = early;
  const conduit = Conduit.adopt(socket);
  conduit.sink = {
    onBytes: (_bytes, start, end) => {
      received += end - start;
      return true;
    },
    onDrain: () => undefined,
    onEnd: () => {
      const answer = Buffer.alloc(COUNT_BYTES);
      answer.writeBigUInt64BE(BigInt(received));
      conduit.write(answer);
      conduit.end();
    },
    onClose: () => undefined,
  };
  conduit.start();
}

function send(socket: net.Socket, length: number): void {
  let left = length;
  const fill = () => {
    while (left > 0 && !socket.destroyed) {
      const free = socket.write(left >= block.length ? block : block.subarray(0, left));
      left -= block.length;
      if (!free) return;
    }
    socket.off('drain', fill).end();
  };
  socket.on('drain', fill);
  fill();
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`ready ${(server.address() as net.AddressInfo).port}\n`);
});
