/**
 * What the relay's refusals mean, and what to do about them.
 *
 * Source: docs/protocol.md, section 2.2; docs/errors.md.
 * @module
 */
import { isRelayError, type RelayError } from '@hybridge/protocol';
import { codeOf } from './network.js';
import { unconnected, type Words } from './network-words.js';
import type { Right } from './options.js';

/** Whom the relay refused, as far as is known. */
export interface RefusalContext {
  /** Host, and port unless it is the scheme's own, of the relay. */
  readonly host: string;
  /** The hybrid connection. */
  readonly path: string;
  /** What the key is used for. */
  readonly right: Right;
  /** The policy that the key belongs to; `undefined` where there is only a token. */
  readonly policy?: string | undefined;
  /** Whether the token was given as it is, rather than made of a key. */
  readonly isReadyMade?: boolean | undefined;
  /** What the relay's clock is ahead of this machine's, in milliseconds. */
  readonly behindMs?: number | undefined;
}

/** Words a refusal. */
export function refusalWords(error: RelayError, context: RefusalContext): Words {
  switch (error.code) {
    case 'ERR_RELAY_UNAUTHORIZED':
      return unauthorized(error.message, context);
    case 'ERR_RELAY_FORBIDDEN':
      return forbidden(error.message, context);
    default:
      return { message: error.message, advice: ADVICE[error.code] ?? TRY_AGAIN };
  }
}

/** Five kinds of 401, told apart by the relay's words. */
function unauthorized(said: string, context: RefusalContext): Words {
  const { policy, behindMs = 0, host, path, isReadyMade = false } = context;
  const name = policy === undefined ? 'the token' : `policy ${policy}`;
  if (/expired/i.test(said)) {
    const clock =
      behindMs > 60_000 ? `: this machine's clock is ${Math.round(behindMs / 60_000)} minutes behind` : '';
    return {
      message: `the relay says that the token of ${name} is expired${clock}`,
      advice: isReadyMade
        ? 'Get a new token; a policy and its key (SharedAccessKeyName, SharedAccessKey) never expire'
        : 'Set the clock of this machine, and have NTP keep it (timedatectl, w32tm)',
    };
  }
  if (/audience/i.test(said)) {
    return {
      message: `the relay does not take tokens for ${host}/${path}: it goes by another name`,
      advice:
        'Use Endpoint as the relay prints it; or a proxy on the way changes the Host header, and must not',
    };
  }
  if (/signature/i.test(said)) {
    return {
      message: `wrong key, or unknown policy: the relay has no ${name} with this key, and does not say which it is`,
      advice:
        'Copy the connection string again from the relay: the key may have been rolled, or the policy be one of ' +
        'another hybrid connection',
    };
  }
  return {
    message: `the relay does not accept the token of ${name}: ${said}`,
    advice: 'Copy the connection string again from the relay',
  };
}

function forbidden(said: string, { policy, right: used, host }: RefusalContext): Words {
  if (/Ip has been prevented/i.test(said)) {
    return {
      message: `the relay at ${host} does not take connections from this machine's IP address`,
      advice: "Add the address under which this network goes out to the relay's IP rules",
    };
  }
  const [right, usual] = used === 'listen' ? ['Listen', 'defaultListener'] : ['Send', 'defaultSender'];
  return {
    message: `the key is right, and ${policy === undefined ? 'its policy' : `policy ${policy}`} lacks the right ${right}`,
    advice: `Use the connection string of a policy that has it, ${usual} as a rule, or grant it at the relay`,
  };
}

const TRY_AGAIN = 'Try again; if it stays so, quote the tracking id to whoever runs the relay';

const ADVICE: Readonly<Partial<Record<RelayError['code'], string>>> = {
  ERR_RELAY_ENDPOINT_NOT_FOUND: 'Check EntityPath; if it was deleted, create it again at the relay',
  ERR_RELAY_NO_LISTENER:
    'In the other network, start the manager, look at its status, and run the same test there',
  ERR_RELAY_BUSY: 'The relay is at one of its limits: look at its status and its limits, and try again',
  ERR_RELAY_TIMEOUT:
    'A manager holds the hybrid connection and does not answer: look at its log, and restart it if it hangs',
  ERR_RELAY_REJECTED: 'Look at the logs of the relay and of the listener: one of them said no',
  ERR_RELAY_CUT: 'Something on the way cuts WebSockets: a proxy or firewall has to let them pass',
  ERR_RELAY_PROXY: 'Check the proxy, its address and its credentials: hybridge test walks the way through it',
  ERR_RELAY_PROTOCOL:
    'Something on the way changes WebSocket handshakes: a proxy has to let them pass unchanged',
};

/** Words whatever ended an attempt to open a WebSocket. @param waitedMs - how long it was waited for */
export function openingWords(error: Error, context: RefusalContext, waitedMs: number): Words {
  if (isRelayError(error)) return refusalWords(error, context);
  return unconnected(context.host, codeOf(error), 'relay', waitedMs);
}
