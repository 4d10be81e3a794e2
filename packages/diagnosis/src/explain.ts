/**
 * What a failure means and what to do about it, for those who have the error already and take no steps: a status, a log.
 *
 * The words are those of the steps, so that a manager's status and `hybridge test` say the same.
 * @module
 */
import { isRelayError, type RelayError } from '@hybridge/protocol';
import { codeOf, place } from './network.js';
import { unconnected, unresolved, type Words } from './network-words.js';
import { proxyAdvice } from './proxy-steps.js';
import { type RefusalContext, refusalWords } from './refusal-words.js';
import { printable } from './step.js';

/** What failed: the way to a relay, with whom it may have refused, or the way to a target. */
export type FailureContext =
  | (RefusalContext & { readonly to: 'relay' })
  | {
      readonly to: 'target';
      readonly host: string;
      readonly port: number;
      /** How long it was waited for, in milliseconds. @defaultValue 10_000, as managers wait */
      readonly waitedMs?: number | undefined;
    };

/** What a relay is waited for, in milliseconds; said of failures that came for want of an answer. */
const RELAY_WAIT_MS = 20_000;
const TARGET_WAIT_MS = 10_000;

/** Node's words for a name that leads nowhere. */
const UNRESOLVED = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME', 'EAI_FAIL']);

/**
 * Words a failure: what it came to, in one line, and what to do next.
 *
 * @param error - what was thrown or emitted: a `RelayError`, Node's own, or something that has one of them as its `cause`.
 */
export function explain(error: unknown, context: FailureContext): Words {
  const { message, advice } = wordsFor(error, context);
  return { message: printable(message), advice: printable(advice) };
}

function wordsFor(error: unknown, context: FailureContext): Words {
  const peer = context.to;
  const code = codeOf(error);
  if (UNRESOLVED.has(code)) return unresolved(nameOf(context), code, peer);
  if (context.to === 'target') {
    const { host, port, waitedMs = TARGET_WAIT_MS } = context;
    return unconnected(place(host, port), code, peer, waitedMs);
  }
  if (isRelayError(error)) return relayWords(error, context);
  if (CERTIFICATE.test(code)) {
    return {
      message: `the certificate of ${context.host} is not accepted here (${code})`,
      advice:
        'See whose it is: hybridge test. An authority of your own, or that of a proxy which inspects TLS, is given as --ca ' +
        '(ca) or, where the machine trusts it, --system-ca (systemCa)',
    };
  }
  return unconnected(context.host, code, peer, RELAY_WAIT_MS);
}

/** What ends a listener's connection or keeps it from one, besides a refusal. */
function relayWords(error: RelayError, context: RefusalContext & { readonly to: 'relay' }): Words {
  const { code, message, cause, status } = error;
  if (code === 'ERR_RELAY_PROXY') return { message, advice: proxyAdvice(status, context.host) };
  if (status !== undefined) return refusalWords(error, context);
  switch (code) {
    case 'ERR_RELAY_CUT':
      if (codeOf(cause) !== 'UNKNOWN') return { message, advice: wordsFor(cause, context).advice };
      return { message, advice: SILENT };
    case 'ERR_RELAY_TIMEOUT':
      return { message, advice: SILENT };
    case 'ERR_RELAY_CLOSED':
      return {
        message,
        advice: 'A relay that is started again takes it back by itself; otherwise see whether it runs',
      };
    default:
      return refusalWords(error, context);
  }
}

const SILENT =
  'The relay hangs, or the network between loses packets: look at the relay, and at route, VPN and firewall of this machine';

/** Node's words for certificates. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/;

/** The name that was looked up. */
function nameOf(context: FailureContext): string {
  return context.to === 'relay' ? context.host.replace(/:\d+$/, '') : context.host;
}
