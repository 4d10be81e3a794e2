/**
 * Uploads at full speed until it is told to stop. `bulk-process.js PORT`
 *
 * Each line on its standard input is answered with the bytes that have left so far; its end ends the process.
 * @module
 */
import { createInterface } from 'node:readline';
import { BUFFER_BYTES, Service, transferRequest } from './load/service.js';
import { dial } from './load/transfer.js';

const socket = await dial(Number(process.argv[2]));
const block = Buffer.alloc(BUFFER_BYTES, 'hybridge');
socket.write(transferRequest(Service.upload, Number.MAX_SAFE_INTEGER));

function fill(): void {
  while (socket.write(block));
}

socket.on('drain', fill);
socket.on('error', (error) => {
  process.stderr.write(`bulk: ${error.message}\n`);
  process.exit(1);
});
fill();

createInterface({ input: process.stdin })
  .on('line', () => process.stdout.write(`${socket.bytesWritten - socket.writableLength}\n`))
  .on('close', () => process.exit(0));
process.stdout.write('ready 0\n');
