/**
 * An application that connects and resolves, and says what that took, as a process of its own: with and without
 * `@hybridge/redirect/register` before it.
 *
 * Each connection to its port brings one line, `connect {host} {port} {count}` or `lookup {name} {count}`, and is answered with one
 * line of JSON: the median of the times and the processor time for each, in microseconds.
 * @module
 */
import dns from 'node:dns';
import net from 'node:net';
import { median } from './statistics.js';

const server = net.createServer((socket) => {
  socket.setEncoding('utf8').on('error', () => socket.destroy());
  socket.once('data', async (line: string) => {
    const [what = '', ...args] = line.trim().split(' ');
    const one = what === 'connect' ? connecting(args[0]!, Number(args[1])) : resolving(args[0]!);
    socket.end(`${JSON.stringify(await timed(one, Number(args.at(-1))))}\n`);
  });
});

/** A connection, reset once it is there: ended in order, thousands of them would use up the ports. */
function connecting(host: string, port: number): () => Promise<void> {
  return () =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ host, port }, () => socket.resetAndDestroy());
      socket.once('error', reject).once('close', () => resolve());
    });
}

function resolving(name: string): () => Promise<void> {
  return () =>
    new Promise((resolve, reject) =>
      dns.lookup(name, (error) => (error === null ? resolve() : reject(error))),
    );
}

async function timed(one: () => Promise<void>, count: number): Promise<{ p50: number; cpu: number }> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let left = count; left > 0; left -= 1) {
    const start = performance.now();
    await one();
    times.push((performance.now() - start) * 1_000);
  }
  const { user, system } = process.cpuUsage(before);
  return { p50: median(times), cpu: (user + system) / count };
}

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready ${(server.address() as net.AddressInfo).port}\n`);
});
