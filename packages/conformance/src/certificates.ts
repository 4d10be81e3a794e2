/**
 * Certificates for servers of the tests: an authority made on the spot, and a leaf that it signed. Both are P-256.
 * @module
 */
import 'reflect-metadata'; // @peculiar/x509 needs it, and needs it first
import type { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

/** A server's certificate and key, and the authority to trust; all PEM. */
export interface ServerCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** The authority's own, for a server that shows nothing but that. */
  readonly authorityKey: string;
}

/** From when to when a certificate is good. */
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/**
 * Makes a new authority and a certificate for these names.
 * @param names - DNS names; `127.0.0.1` is always added as an address.
 * @param authorityName - as a distinguished name.
 * @param leafValidity - of the server's own certificate; from yesterday on, for a month, unless given.
 */
export async function serverCertificate(
  names: readonly string[],
  authorityName = 'CN=Tests authority',
  leafValidity?: Validity,
): Promise<ServerCertificate> {
  const { subtle } = globalThis.crypto;
  const authorityKeys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const leafKeys = await subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const validity = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 30 * DAY_MS) };

  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    serialNumber: '01',
    name: authorityName,
    keys: authorityKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  const leaf = await x509.X509CertificateGenerator.create({
    ...(leafValidity ?? validity),
    serialNumber: '02',
    subject: `CN=${names[0] ?? '127.0.0.1'}`,
    issuer: authority.subject,
    publicKey: leafKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns', value }) as const),
        { type: 'ip', value: '127.0.0.1' },
      ]),
    ],
  });
  const pem = async (key: webcrypto.CryptoKey) =>
    x509.PemConverter.encode(await subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
  return {
    ca: authority.toString('pem'),
    cert: leaf.toString('pem'),
    key: await pem(leafKeys.privateKey),
    authorityKey: await pem(authorityKeys.privateKey),
  };
}
