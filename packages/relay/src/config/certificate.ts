/**
 * What the relay shows to those who come with TLS: checked before it is used, since what OpenSSL says of it names neither the
 * file nor the mistake.
 * @module
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { ListenOptions } from './options.js';
import { RelayConfigError } from './relay-config-error.js';

/** A certificate chain and its private key, PEM. */
export type TlsOptions = NonNullable<ListenOptions['tls']>;

/** What a certificate says of itself. */
export interface CertificateFacts {
  /** Whom it is for: DNS names and addresses. */
  readonly names: readonly string[];
  readonly expiresAt: Date;
}

/** First the cipher that costs least on every machine with AES instructions. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** What a server is told of TLS. */
export function secureOptions({ cert, key }: TlsOptions): SecureContextOptions {
  return {
    cert: Buffer.from(cert),
    key: Buffer.from(key),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    honorCipherOrder: true,
  };
}

/**
 * Looks whether a certificate and a key can be used, and belong together.
 * @param place - names the setting in a message
 * @throws RelayConfigError when they cannot, or do not.
 */
export function checkCertificate(tls: TlsOptions, place: string): CertificateFacts {
  const certificate = attempt(
    () => new X509Certificate(Buffer.from(tls.cert)),
    `${place}.cert: this is no certificate in PEM: it begins with -----BEGIN CERTIFICATE-----`,
  );
  const key: KeyObject = attempt(
    () => createPrivateKey(Buffer.from(tls.key)),
    `${place}.key: this is no private key in PEM, or one with a passphrase, which nobody could type here`,
  );
  if (!certificate.checkPrivateKey(key)) {
    throw new RelayConfigError(
      `${place}: key is not that of cert; the relay's own certificate comes first in its file, before those of its issuers`,
    );
  }
  attempt(() => createSecureContext(secureOptions(tls)), `${place}: TLS cannot be done with it`);
  return { names: namesOf(certificate), expiresAt: new Date(certificate.validTo) };
}

function attempt<T>(step: () => T, what: string): T {
  try {
    return step();
  } catch (cause) {
    // OpenSSL's own words may be the only ones for what is rare.
    const { code } = cause as NodeJS.ErrnoException;
    throw new RelayConfigError(code === undefined ? what : `${what} (${code})`, { cause });
  }
}

function namesOf({ subjectAltName, subject }: X509Certificate): readonly string[] {
  const names = (subjectAltName ?? '').split(', ').map((name) => name.replace(/^(DNS|IP Address):/, ''));
  return names[0] === '' ? [subject.replaceAll('\n', ', ')] : names;
}
