/**
 * Why a relay could not listen, for whoever has to do something about it: Node's words name neither the setting nor the way out.
 * @module
 */
import type { RelayConfig } from '@hybridge/relay';

/** Node's own message, which is all that comes from a worker process. */
const MESSAGE = /^(?:listen (\w+): .*|getaddrinfo (\w+)) (\S+?)(?::(\d+))?$/;

/** @returns the same failure in other words, or what it was given when it is another one */
export function listenFailure(error: unknown, { listen, admin }: RelayConfig): unknown {
  const [whole, listenCode, nameCode, host = '', portText] = MESSAGE.exec((error as Error).message) ?? [];
  if (whole === undefined) return error;
  const code = listenCode ?? nameCode ?? '';
  const port = portText === undefined ? undefined : Number(portText);
  const isAdmin = port === undefined ? host === admin?.host && host !== listen?.host : port === admin?.port;
  const why = WHYS[code]?.(isAdmin ? 'admin' : 'listen', host, port);
  if (why === undefined) return error;
  return Object.assign(new Error(`${why} (${code})`, { cause: error }), { code });
}

const WHYS: Readonly<Record<string, (setting: string, host: string, port?: number) => string>> = {
  EADDRINUSE: (setting, host, port) =>
    `${setting}.port: another program listens on ${host}:${port}; "ss -ltnp" as root shows which. Stop that one, or set another port`,
  EACCES: (setting, _host, port) =>
    `${setting}.port: this user may not listen on ${port}, which is below 1024. As a service: "hybridge relay install" gives the right to; else set a port from 1024 on`,
  EADDRNOTAVAIL: (setting, host) =>
    `${setting}.host: ${host} is no address of this machine; 0.0.0.0 listens on all that it has`,
  ENOTFOUND: (setting, host) => `${setting}.host: the name ${host} is not known here; write an address`,
};
