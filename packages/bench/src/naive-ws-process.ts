/**
 * A tunnel made of the `ws` package: `naive-ws-process.js relay`, `… listener RELAY TARGET`, `… sender RELAY`.
 *
 * A sender dials `/send`; the relay tells the listener a number; the listener dials `/meet?` with it, and the relay passes
 * messages between the two.
 * @module
 */
import net from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { type Messages, pump, sendInto } from './ws-pump.js';

const [, , role, relayPort, targetPort] = process.argv;
const relayUrl = `ws://127.0.0.1:${relayPort}`;

function ready(port = 0): void {
  process.stdout.write(`ready ${port}\n`);
}

function relay(): void {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    ready((server.address() as net.AddressInfo).port);
  });
  const waiting = new Map<string, WebSocket>();
  let control: WebSocket | undefined;
  let count = 0;
  server.on('connection', (socket, { url = '' }) => {
    const [path, id = ''] = url.split('?');
    const sender = waiting.get(id);
    if (path === '/listen') control = socket;
    else if (path === '/send') {
      socket.pause();
      count += 1;
      waiting.set(String(count), socket);
      control?.send(String(count));
    } else if (sender !== undefined) {
      waiting.delete(id);
      pass(sender, socket);
      pass(socket, sender);
      sender.resume();
    }
  });
}

function pass(from: WebSocket, to: WebSocket): void {
  sendInto(to as Messages, from, (send) => from.on('message', (data) => send(data as Buffer)));
  from.on('close', () => to.close());
  from.on('error', () => to.terminate());
}

function listener(): void {
  const control = new WebSocket(`${relayUrl}/listen`);
  control.on('open', () => ready());
  control.on('message', (id) => {
    const target = net.connect({ port: Number(targetPort), host: '127.0.0.1', noDelay: true });
    join(target, new WebSocket(`${relayUrl}/meet?${String(id)}`));
  });
}

function sender(): void {
  const server = net.createServer({ noDelay: true, pauseOnConnect: true }, (socket) => {
    join(socket, new WebSocket(`${relayUrl}/send`));
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    ready((server.address() as net.AddressInfo).port);
  });
}

function join(socket: net.Socket, messages: WebSocket): void {
  socket.pause();
  messages.on('error', () => socket.destroy());
  messages.once('open', () => {
    pump(socket, messages as Messages);
    socket.resume();
  });
}

({ relay, listener, sender })[role as 'relay' | 'listener' | 'sender']();
