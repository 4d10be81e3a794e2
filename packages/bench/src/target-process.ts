/**
 * The service at the far end of what is measured, as a process of its own.
 *
 * The first byte of a connection chooses what it does: `u` counts what arrives and answers with the count once the
 * client has ended; `d` sends as many bytes as the following eight say, and ends; `e` echoes.
 * @module
 */
import net from 'node:net';
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
      void send(socket, Number(rest.readBigUInt64BE(0)));
    }
  });
});

function count(socket: net.Socket, early: number): void {
  let received = early;
  socket.on('data', (bytes: Buffer) => {
    received += bytes.length;
  });
  socket.once('end', () => {
    const answer = Buffer.alloc(COUNT_BYTES);
    answer.writeBigUInt64BE(BigInt(received));
    socket.end(answer);
  });
}

async function send(socket: net.Socket, length: number): Promise<void> {
  for (let left = length; left > 0 && !socket.destroyed; left -= block.length) {
    const free = socket.write(left >= block.length ? block : block.subarray(0, left));
    if (!free) await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve));
  }
  socket.end();
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`ready ${(server.address() as net.AddressInfo).port}\n`);
});
