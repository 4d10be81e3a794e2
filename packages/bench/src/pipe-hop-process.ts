/**
 * One hop of the yardstick: what anybody would write first. `pipe-hop-process.js PORT` leads a port of its own to PORT.
 * @module
 */
import net from 'node:net';

const target = Number(process.argv[2]);

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = net.connect({ port: target, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy());
  far.on('error', () => near.destroy());
});

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`ready ${(server.address() as net.AddressInfo).port}\n`);
});
