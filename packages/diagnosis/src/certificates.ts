/**
 * What a server's certificates say, and who trusts their issuer.
 * @module
 */
import { X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { printable } from './step.js';

/** One certificate of a chain, as facts. */
export interface CertificateFacts {
  readonly [name: string]: string | readonly string[];
  /** Common name and organisation. */
  readonly subject: string;
  readonly issuer: string;
  /** Names and addresses that it is for. */
  readonly names: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;
  readonly fingerprint256: string;
}

/** More than any chain has; one that goes on is somebody's joke. */
const MAX_CHAIN = 8;

/** The certificates that a server showed, its own first, and those that this machine added. */
export function chainOf(socket: tls.TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next: tls.DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (next?.raw !== undefined && chain.length < MAX_CHAIN) {
    const certificate = new X509Certificate(next.raw);
    if (chain.some(({ fingerprint256 }) => fingerprint256 === certificate.fingerprint256)) break;
    chain.push(certificate);
    next = next.issuerCertificate;
  }
  return chain;
}

/** A certificate as facts. */
export function factsOf(certificate: X509Certificate): CertificateFacts {
  return {
    subject: nameIn(certificate.subject),
    issuer: nameIn(certificate.issuer),
    names: namesOf(certificate),
    validFrom: new Date(certificate.validFrom).toISOString(),
    validTo: new Date(certificate.validTo).toISOString(),
    fingerprint256: certificate.fingerprint256,
  };
}

/** Who trusts the issuer of a chain's last certificate. */
export type Trust = 'node' | 'machine' | 'nobody here';

/** Looks for the issuer among the authorities that come with Node, and among those of the machine (Node 22.15 or newer). */
export function trustIn(chain: readonly X509Certificate[]): Trust {
  const last = chain.at(-1);
  if (last === undefined) return 'nobody here';
  if (isAmong(last, tls.rootCertificates)) return 'node';
  const { getCACertificates } = tls as { getCACertificates?: (of: 'system') => string[] };
  return isAmong(last, getCACertificates?.('system') ?? []) ? 'machine' : 'nobody here';
}

function isAmong(last: X509Certificate, authorities: readonly string[]): boolean {
  return authorities.some((pem) => {
    try {
      const authority = new X509Certificate(pem);
      return authority.fingerprint256 === last.fingerprint256 || last.checkIssued(authority);
    } catch {
      return false; // a machine's store may hold what Node cannot read
    }
  });
}

/** `CN=…, O=…` of a distinguished name, which Node writes as a line for each attribute. */
function nameIn(distinguished: string | undefined): string {
  const parts = (distinguished ?? '').split('\n').filter((line) => /^(?:CN|O)=/.test(line));
  return printable(parts.join(', ')).slice(0, 200) || 'nameless';
}

function namesOf({ subjectAltName }: X509Certificate): string[] {
  return (subjectAltName ?? '')
    .split(/,\s*/)
    .map((name) => printable(name.replace(/^(?:DNS|IP Address):/, '')))
    .filter((name) => name !== '')
    .slice(0, 20);
}
