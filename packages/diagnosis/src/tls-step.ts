/**
 * Whose certificate answers, and whether it is one to trust.
 *
 * The connection of this step is looked at and closed: nothing is sent over it, so it may be opened whatever certificate
 * comes. All that carries something is dialled afterwards, with the verification that every connection has.
 * @module
 */
import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import tls from 'node:tls';
import { isRelayError } from '@hybridge/protocol';
import { errorWords, relayTls } from '@hybridge/socket';
import { type CertificateFacts, chainOf, factsOf, type Trust, trustIn } from './certificates.js';
import { isOutOfTime, within } from './deadline.js';
import type { Journey } from './journey.js';
import { codeOf } from './network.js';
import type { Finding } from './step.js';

/** Looks at the relay's certificate. */
export async function lookAtCertificate(journey: Journey): Promise<Finding> {
  const { address, transport } = journey;
  if (!address.secure) {
    journey.release();
    const message = 'the address is ws:// or http://: there is no TLS';
    if (isThisMachine(journey.hostname)) return { outcome: 'skipped', message };
    return {
      outcome: 'warning',
      message: `${message}, and tokens and data travel in clear`,
      advice: 'Use sb:// (or wss://) in Endpoint, and give the relay a certificate',
    };
  }
  try {
    const startedAt = performance.now();
    const seen = await within(journey.limits, (signal) => handshake(journey, signal));
    const tookMs = performance.now() - startedAt;
    return { ...judge(seen, journey, transport.tls?.rejectUnauthorized === false), tookMs };
  } catch (error) {
    if (!(error instanceof Error) || journey.settings.signal?.aborted) throw error;
    return noHandshake(error, journey);
  } finally {
    journey.release();
  }
}

/** Loopback, where nobody listens on the way. */
function isThisMachine(hostname: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(hostname);
}

/** What was seen. */
interface Seen {
  readonly chain: readonly X509Certificate[];
  readonly protocol: string | null;
  readonly cipher: string;
  /** Node's word for what is wrong with the certificate. */
  readonly problem: string | undefined;
}

function handshake({ socket: below, hostname, transport }: Journey, signal: AbortSignal): Promise<Seen> {
  return new Promise((resolve, reject) => {
    if (below?.destroyed) throw new Error('the connection was closed before the handshake');
    const servername = isIP(hostname) === 0 ? { servername: hostname } : {};
    const socket = tls.connect({
      ...servername,
      ...relayTls(transport),
      host: hostname,
      rejectUnauthorized: false,
      ...(below === undefined ? {} : { socket: below }),
    });
    below?.once('close', () => socket.destroy(new Error('the connection was closed during the handshake')));
    signal.addEventListener('abort', () => socket.destroy(signal.reason), { once: true });
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('the connection was closed during the handshake')));
    socket.once('secureConnect', () => {
      // A code, but for errors that have none; Node's types say Error.
      const problem = socket.authorized ? undefined : String(socket.authorizationError);
      resolve({
        chain: chainOf(socket),
        protocol: socket.getProtocol(),
        cipher: socket.getCipher().name,
        problem,
      });
      socket.destroy();
    });
  });
}

function judge({ chain, protocol, cipher, problem }: Seen, journey: Journey, isOff: boolean): Finding {
  const trust = trustIn(chain);
  const facts = chain.map(factsOf);
  const [own] = facts;
  const detail = { protocol: protocol ?? 'unknown', cipher, chain: facts, trustedBy: trust, problem };
  const of = `${own?.subject ?? 'no certificate'}, issued by ${own?.issuer ?? 'nobody'}`;
  if (problem === undefined) {
    const until = own === undefined ? '' : `, until ${own.validTo.slice(0, 10)}`;
    const whose = trust === 'node' ? '' : ' (no public authority: your own, or a proxy that inspects TLS)';
    return { outcome: 'ok', message: `${protocol}: ${of}${whose}${until}`, detail };
  }
  const atFault = /EXPIRED|NOT_YET_VALID/.test(problem) ? facts.find(isOutdated(journey)) : undefined;
  const isSelfSigned = chain.length === 1 && chain[0]?.checkIssued(chain[0]) === true;
  const { hostname: host, settings } = journey;
  const words = wordsFor(problem, { of, trust, own: atFault ?? own, isSelfSigned, host, now: settings.now });
  if (!isOff) return { outcome: 'failed', ...words, detail };
  return {
    outcome: 'warning',
    message: `${words.message}; and it is not verified, as rejectUnauthorized says`,
    advice: 'Anybody on the way can read the key: trust the right certificate instead (tls.ca, --ca)',
    detail,
  };
}

/** It need not be the relay's own that is out of date: an authority's certificate ends, too. */
function isOutdated({ settings }: Journey) {
  const now = settings.now();
  return ({ validFrom, validTo }: CertificateFacts) =>
    !(Date.parse(validFrom) <= now && now <= Date.parse(validTo));
}

interface Circumstances {
  readonly of: string;
  readonly trust: Trust;
  /** The certificate that it is about: the relay's own, or one above it that is out of date. */
  readonly own: CertificateFacts | undefined;
  readonly isSelfSigned: boolean;
  readonly host: string;
  readonly now: () => number;
}

function wordsFor(problem: string, { of, trust, own, isSelfSigned, host, now }: Circumstances) {
  if (/EXPIRED|NOT_YET_VALID/.test(problem)) {
    const whose = `${own?.subject}, issued by ${own?.issuer}`;
    const when = `valid ${own?.validFrom.slice(0, 10)} to ${own?.validTo.slice(0, 10)}`;
    return {
      message: `a certificate is ${/EXPIRED/.test(problem) ? 'expired' : 'not valid yet'}: ${whose}, ${when} (${problem})`,
      advice: `Renew it at the relay; or this machine's clock is wrong: it says ${new Date(now()).toISOString()}`,
    };
  }
  if (/ALTNAME|HOSTNAME/.test(problem)) {
    return {
      message: `the certificate is not for ${host} but for ${own?.names.join(', ') || 'no name'} (${problem})`,
      advice:
        'Use in Endpoint a name that the certificate has; or another server than the relay answers here',
    };
  }
  if (isSelfSigned) {
    return {
      message: `the certificate is signed by itself: ${of} (${problem})`,
      advice:
        'If it is that of your relay, trust it: --ca file.pem (tls.ca). If not, another server answers here',
    };
  }
  return {
    message: `an authority that is not trusted here: ${of} (${problem})`,
    advice: authorityAdvice(problem, trust),
  };
}

function authorityAdvice(problem: string, trust: Trust): string {
  if (trust === 'machine')
    return 'This machine trusts that authority, and Node was not told to: --system-ca (systemCa)';
  if (trust === 'node')
    return 'Node trusts that authority, but ca was given and takes its place: add it there, or leave ca out';
  const missing =
    problem === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'
      ? '; or the relay does not send its intermediate certificate'
      : '';
  return (
    `It is your own authority, or that of a proxy which inspects TLS: get its certificate (PEM), and give it as --ca ` +
    `(tls.ca) or in NODE_EXTRA_CA_CERTS; where the machine trusts it, --system-ca${missing}`
  );
}

function noHandshake(error: Error, journey: Journey): Finding {
  const { host } = journey.address;
  const code = codeOf(error);
  if (isRelayError(error)) return { outcome: 'failed', message: error.message, detail: { code } };
  if (isOutOfTime(error)) {
    return {
      outcome: 'failed',
      message: `${host} did not answer to TLS within ${journey.limits.timeoutMs} ms`,
      advice: 'Something takes connections there and speaks no TLS, or a firewall swallows what follows',
      detail: { code: 'ETIMEDOUT' },
    };
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH|EPROTO|HTTP_REQUEST/.test(code)) {
    return {
      outcome: 'failed',
      message: `${host} does not speak TLS, or none that is accepted here (${code})`,
      advice:
        'Check host and port of Endpoint; a relay without TLS is ws://host:port, and TLS 1.2 is the least',
      detail: { code },
    };
  }
  return {
    outcome: 'failed',
    message: `the TLS handshake with ${host} failed: ${errorWords(error)}`,
    advice:
      'A firewall that looks into TLS cuts such connections: have it let this host pass; or use a proxy',
    detail: { code },
  };
}
