/**
 * The HTTP service of the yardstick: says hello, and sends back what it gets. `http-target-process.js`
 * @module
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { answer } from './http-service.js';

const server = http.createServer({ noDelay: true }, answer);

server.listen({ port: 0, host: '127.0.0.1' }, () => {
  process.stdout.write(`ready ${(server.address() as AddressInfo).port}\n`);
});
