/**
 * The addresses that an application keeps a socket from: `new net.Socket({ blockList })`, of Node 22.13 and newer.
 *
 * The list is about whom the application sees itself connected to. So it is asked about that address, and not about the
 * crossing's, which lies on the way and is nobody.
 * @module
 */
import net from 'node:net';

/** Where Node keeps the list; it looks there when it knows the address that it connects to. */
interface WithBlockList {
  blockList?: Pick<net.BlockList, 'check'> | undefined;
}

/** Whether Node would refuse to connect a socket to an address. */
export function isBlocked(socket: net.Socket, address: string): boolean {
  const { blockList } = socket as WithBlockList;
  return blockList?.check(address, net.isIPv6(address) ? 'ipv6' : 'ipv4') ?? false;
}

/** Has Node do something for which it does not look. */
export function withoutBlockList(socket: net.Socket, act: () => void): void {
  const holder = socket as WithBlockList;
  const { blockList } = holder;
  if (blockList === undefined) {
    act();
    return;
  }
  holder.blockList = undefined;
  try {
    act();
  } finally {
    holder.blockList = blockList;
  }
}
