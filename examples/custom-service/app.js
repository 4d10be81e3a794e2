/** The application: a socket that comes out at the service. */
import { createInterface } from 'node:readline';
import { connect } from '@hybridge/sender';

const socket = connect(process.env.HYBRIDGE_CONNECTION_STRING);
const lines = ['the quick brown fox', 'jumps', '', 'over the lazy dog'];
socket.end(lines.map((line) => `${line}\n`).join(''));

let number = 0;
for await (const count of createInterface({ input: socket })) {
  console.log(`${count} words in ${JSON.stringify(lines[number])}`);
  number += 1;
}
if (number !== lines.length) throw new Error(`${number} answers to ${lines.length} lines`);
