/**
 * An edge made of hyco-ws: `hyco-ws-process.js listener KEY RELAY TARGET`, `… sender KEY RELAY`.
 * @module
 */
import { createRequire } from 'node:module';
import net from 'node:net';
import { type Messages, pump } from './ws-pump.js';

interface HycoWebSocket extends Messages {
  once(event: 'open', listener: () => void): unknown;
}

interface HycoWs {
  new (address: string, protocols: readonly string[], options: object): HycoWebSocket;
  createRelayedServer(
    options: object,
    onConnection: (client: HycoWebSocket) => void,
  ): { once(event: 'listening', listener: () => void): unknown };
  createRelayToken(uri: string, keyName: string, key: string): string;
}

const hyco = createRequire(import.meta.url)('hyco-ws') as HycoWs;
const [, , role, key = '', relayPort, targetPort] = process.argv;
const address = `ws://127.0.0.1:${relayPort}/$hc/web`;

function listener(): void {
  const uri = `${address}?sb-hc-action=listen`;
  const token = hyco.createRelayToken(uri, 'bench', key);
  const server = hyco.createRelayedServer({ server: uri, token }, (client) => {
    const target = net.connect({ port: Number(targetPort), host: '127.0.0.1', noDelay: true });
    pump(target.pause(), client);
    client.once('open', () => target.resume());
  });
  server.once('listening', () => process.stdout.write('ready 0\n'));
}

function sender(): void {
  const uri = `${address}?sb-hc-action=connect`;
  const server = net.createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    const headers = { ServiceBusAuthorization: hyco.createRelayToken(uri, 'bench', key) };
    const client = new hyco(uri, [], { headers });
    pump(socket.pause(), client);
    client.once('open', () => socket.resume());
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    process.stdout.write(`ready ${(server.address() as net.AddressInfo).port}\n`);
  });
}

({ listener, sender })[role as 'listener' | 'sender']();
