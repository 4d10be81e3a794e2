/**
 * What failures of DNS and TCP mean, and what to do about them.
 * @module
 */

/** Whom a connection is for. */
export type Peer = 'relay' | 'proxy' | 'target';

/** A failure in words. */
export interface Words {
  readonly message: string;
  readonly advice: string;
}

/** A name that has no address. @param code - Node's */
export function unresolved(name: string, code: string, peer: Peer): Words {
  if (code === 'EAI_AGAIN' || code === 'ETIMEDOUT' || code === 'ETIMEOUT') {
    return {
      message: `${name} could not be looked up: no DNS server answered (${code})`,
      advice: "Check this machine's network and its DNS servers (on Linux: /etc/resolv.conf)",
    };
  }
  return {
    message: `${name} has no address: this machine's DNS does not know the name (${code})`,
    advice: UNKNOWN_NAME[peer],
  };
}

const UNKNOWN_NAME: Readonly<Record<Peer, string>> = {
  relay:
    'Check the spelling of Endpoint, and ask by hand: nslookup. Where only a proxy resolves outside names, give it: ' +
    'HTTPS_PROXY or --proxy',
  proxy: "Check the proxy's name, and ask by hand: nslookup",
  target:
    'Check the spelling of the endpoint. The name has to be known on this machine: ask by hand with nslookup, give the ' +
    'full name, or an IP address',
};

/** A connection that was not made. @param at - `host:port` @param waitedMs - how long it was waited for */
export function unconnected(at: string, code: string, peer: Peer, waitedMs: number): Words {
  switch (code) {
    case 'ECONNREFUSED':
      return { message: `${at} refuses connections (${code})`, advice: REFUSED[peer] };
    case 'ETIMEDOUT':
      return { message: `${at} did not answer within ${waitedMs} ms (${code})`, advice: SILENT[peer] };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
    case 'ENETDOWN':
      return {
        message: `there is no way to ${at} from this machine (${code})`,
        advice: 'Check routes, VPN and firewall of this machine: ip route get, traceroute',
      };
    case 'ECONNRESET':
      return {
        message: `the connection to ${at} was cut (${code})`,
        advice: 'Something on the way, a firewall as a rule, resets it: have it let this host and port pass',
      };
    case 'EMFILE':
    case 'ENFILE':
    case 'EADDRNOTAVAIL':
      return {
        message: `this machine cannot open one more connection (${code})`,
        advice:
          'Raise its limits of open files or of local ports, or find who uses them up: ulimit -n, ss -s',
      };
    case 'EACCES':
    case 'EPERM':
      return {
        message: `this process may not connect to ${at} (${code})`,
        advice: "A rule of this machine (its firewall, a sandbox, the service unit's hardening) forbids it",
      };
    default:
      return { message: `${at} could not be reached (${code})`, advice: SILENT[peer] };
  }
}

const REFUSED: Readonly<Record<Peer, string>> = {
  relay:
    'The host is up, and nothing listens at that port: is the relay running, and is the port of Endpoint right?',
  proxy: "The host is up, and no proxy listens at that port: check the proxy's address",
  target:
    'The host is up, and nothing listens at that port: start the service, check the port, and whether it listens on ' +
    'this address and not only on loopback (ss -ltn)',
};

const SILENT: Readonly<Record<Peer, string>> = {
  relay:
    'A firewall drops the packets, or the address is wrong: let outbound TCP to this host and port pass, or use a proxy ' +
    '(HTTPS_PROXY or --proxy)',
  proxy: "A firewall drops the packets, or the proxy's address is wrong",
  target:
    'The host is down, or a firewall between this machine and it drops the packets: let TCP to this host and port pass',
};
