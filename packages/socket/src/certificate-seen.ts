/**
 * Whose certificate was seen, when it was refused.
 *
 * Behind a proxy that inspects TLS the certificate is the proxy's, and Node's error names neither. Node also lets go of
 * the certificate together with the connection; so its issuer is noted between the handshake and the verification, by
 * the event with which Node itself starts to verify. That event is not documented. Where it does not come, an error
 * has less to say; what is trusted is Node's decision in any case.
 *
 * Source: docs/decisions/0030.
 * @module
 */
import type tls from 'node:tls';
import { errorWords } from './error-words.js';

/** A certificate that was refused. Its `cause` is Node's error. */
export interface CertificateError extends Error {
  /** Node's own, such as `SELF_SIGNED_CERT_IN_CHAIN`. */
  readonly code: string;
  /** Who issued the certificate, such as `CN=Gateway CA, O=Example`. Text of whoever made it. */
  readonly issuer: string;
}

/** Notes the issuer of the certificate that a connection will show. */
export class CertificateSeen {
  readonly #socket: tls.TLSSocket;
  readonly #host: string;
  #issuer: string | undefined;

  /**
   * @param socket - before its handshake.
   * @param host - for the message: whom it should be.
   */
  constructor(socket: tls.TLSSocket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.prependOnceListener('secure', () => {
      this.#issuer = nameOf(socket.getPeerCertificate()?.issuer);
    });
  }

  /** Adds to an error that ended the connection what is known about the certificate, if that was the reason. */
  explain(error: Error): Error {
    const { authorizationError } = this.#socket as { authorizationError?: unknown };
    if (this.#issuer === undefined || !authorizationError) return error;
    const { code = '' } = error as NodeJS.ErrnoException;
    const seen = `the certificate seen for ${this.#host} was issued by ${this.#issuer}`;
    const explained = new Error(`${errorWords(error)}: ${seen}. ${advice(code)}`, { cause: error });
    return Object.assign(explained, { code, issuer: this.#issuer }) satisfies CertificateError;
  }
}

function advice(code: string): string {
  if (/EXPIRED|NOT_YET_VALID/.test(code)) return "Check this machine's clock, and the certificate";
  if (/ALTNAME|HOSTNAME/.test(code)) return 'It is for another name: check the address';
  return (
    'If that is an authority of your own, or of a proxy of your network that inspects TLS, trust it: by tls.ca (--ca), ' +
    'by systemCa (--system-ca) when the machine trusts it, or by NODE_EXTRA_CA_CERTS'
  );
}

/** Common name and organisation, as one printable line. */
function nameOf(issuer: Partial<tls.Certificate> | undefined): string {
  const parts = (['CN', 'O'] as const).flatMap((attribute) => {
    const value: unknown = issuer?.[attribute];
    return value === undefined ? [] : [`${attribute}=${printable([value].flat().join(' '))}`];
  });
  return parts.length === 0 ? 'an issuer without a name' : parts.join(', ');
}

function printable(text: string): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 100);
}
