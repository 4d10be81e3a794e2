/**
 * Very many clients of a relay in one process, which do nothing but stay: control channels, or both ends of tunnels.
 *
 * `scale-client-process <role> <count> <url> <addresses> <names…>`, with the tokens in the environment. It prints
 * `ready <count>` when all are open. Each tunnel is an upgrade and nothing else; pings are answered by the library.
 *
 * Between one address and one port there are only so many connections, so the clients take turns at several source
 * addresses `127.0.0.x`.
 * @module
 */
import { once } from 'node:events';
import WebSocket from 'ws';

const [role, countText, url, addresses, ...names] = process.argv.slice(2) as [string, string, string, string];
const count = Number(countText);
const { LISTEN_TOKENS = '[]', SEND_TOKENS = '[]' } = process.env;
/** How many handshakes are under way at once. */
const AT_ONCE = 50;

const [from = 2, to = 2] = addresses.split('-').map(Number);
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

function addressOf(n: number, action: 'listen' | 'connect', tokens: readonly string[]): string {
  const at = n % names.length;
  return `${url}/$hc/${names[at]}?sb-hc-action=${action}&sb-hc-token=${encodeURIComponent(tokens[at]!)}`;
}

async function open(n: number): Promise<void> {
  if (role === 'connect') {
    await once(dial(addressOf(n, 'connect', JSON.parse(SEND_TOKENS))), 'open');
    return;
  }
  const control = dial(addressOf(n, 'listen', JSON.parse(LISTEN_TOKENS)));
  control.on('message', (text) => dial(JSON.parse(String(text)).accept.address));
  await once(control, 'open');
}

let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let n = next++; n < count; n = next++) await open(n);
  }),
);
process.stdout.write(`ready ${count}\n`);
