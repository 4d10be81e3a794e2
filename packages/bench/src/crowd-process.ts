/**
 * Very many clients of a relay in one process, which do nothing but stay: control channels, or both ends of tunnels.
 *
 * `crowd-process.js ROLE COUNT URL ADDRESSES KEY NAME…` prints `ready COUNT` when all are open. ROLE is `listen` or
 * `connect`; a listener comes whenever it is called. Each connection is an upgrade and nothing else; pings are answered
 * by the library.
 *
 * Between one address and one port there are only so many connections, so the clients take turns at several source
 * addresses: with ADDRESSES 2-5 they dial from 127.0.0.2 to 127.0.0.5.
 * @module
 */
import { once } from 'node:events';
import { createToken } from '@hybridge/sas';
import WebSocket from 'ws';

type Six = [string, string, string, string, string];
const [role, countText, url, addresses, key, ...names] = process.argv.slice(2) as [...Six, ...string[]];
const count = Number(countText);
/** How many handshakes are under way at once. */
const AT_ONCE = 50;

const [from = 2, to = 2] = addresses.split('-').map(Number);
const tokens = names.map((name) =>
  createToken({ resource: `http://localhost/${name}`, keyName: 'bench', key, ttlSeconds: 7_200 }),
);
let dialled = 0;

function dial(address: string): WebSocket {
  dialled += 1;
  const localAddress = `127.0.0.${from + (dialled % (to - from + 1))}`;
  const socket = new WebSocket(address, { perMessageDeflate: false, localAddress });
  socket.on('error', (error) => {
    process.stderr.write(`${role}: ${error.message}\n`);
    process.exit(1);
  });
  return socket;
}

async function open(n: number): Promise<void> {
  const at = n % names.length;
  const socket = dial(
    `${url}/$hc/${names[at]}?sb-hc-action=${role}&sb-hc-token=${encodeURIComponent(tokens[at]!)}`,
  );
  if (role === 'listen') socket.on('message', (text) => dial(JSON.parse(String(text)).accept.address));
  await once(socket, 'open');
}

let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let n = next++; n < count; n = next++) await open(n);
  }),
);
process.stdout.write(`ready ${count}\n`);
