/** Control channels that only exist. @module */

import { once } from 'node:events';
import type net from 'node:net';
import { dial } from './transfer.js';

/** Opens a control channel, and reads nothing from it but the answer. @throws Error when the relay refuses it. */
export async function openControlChannel(port: number, upgradeRequest: Buffer): Promise<net.Socket> {
  const socket = await dial(port);
  socket.on('error', () => undefined);
  socket.write(upgradeRequest);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.toString('latin1').startsWith('HTTP/1.1 101 ')) {
    throw new Error(`The relay refused a listener: ${answer.toString('latin1').split('\r\n')[0]}`);
  }
  return socket;
}
