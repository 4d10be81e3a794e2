/**
 * The yardstick of HTTP: a reverse proxy as anybody would write it first, with connections to the target kept open.
 * `http-proxy-process.js PORT` leads a port of its own to PORT.
 * @module
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';

const target = Number(process.argv[2]);
const agent = new http.Agent({ keepAlive: true, noDelay: true } as http.AgentOptions);

const server = http.createServer({ noDelay: true }, (near, answer) => {
  const { method, url: path, headers } = near;
  const far = http.request({ port: target, host: '127.0.0.1', agent, method, path, headers });
  far.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  far.on('error', () => answer.destroy());
  near.pipe(far);
});

server.listen({ port: 0, host: '127.0.0.1' }, () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
