/**
 * Why a port could not be opened, and what to do about it.
 * @module
 */
import { formatEndpoint } from '../routes/route.js';
import type { ProcessAddress } from './addresses.js';

/** An address could not be listened on. `code` is Node's. */
export interface ListenFailure extends Error {
  readonly code: string;
}

/** Ports that some systems keep for the administrator. */
const PRIVILEGED_BELOW = 1_024;

/**
 * Words a failure of `listen`.
 * @param cause - Node's error
 * @param what - what was to listen there, such as an endpoint or `DNS`
 */
export function listenFailure(cause: unknown, address: ProcessAddress, what: string): ListenFailure {
  const { code = 'EUNKNOWN' } = cause as NodeJS.ErrnoException;
  const message = `cannot listen on ${formatEndpoint(address)} for ${what} (${code})${adviceFor(code, address)}`;
  return Object.assign(new Error(message, { cause }), { code });
}

function adviceFor(code: string, { host, port }: ProcessAddress): string {
  if (code === 'EADDRINUSE') return ': another program has that port, perhaps another hybridge';
  if (code === 'EACCES' && port < PRIVILEGED_BELOW)
    return `: ${PORT_ADVICE[process.platform] ?? ADMINISTRATOR}`;
  if (code === 'EADDRNOTAVAIL' && process.platform === 'darwin') {
    return `: first run  sudo ifconfig lo0 alias ${host}`;
  }
  if (code === 'EADDRNOTAVAIL') return `: ${host} is no address of this machine`;
  return '';
}

const ADMINISTRATOR = 'ports below 1024 need an administrator';
const PORT_ADVICE: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    'ports below 1024 need root, AmbientCapabilities=CAP_NET_BIND_SERVICE in a systemd unit, or once ' +
    'sudo sysctl net.ipv4.ip_unprivileged_port_start=0',
};
