/**
 * Whom a TLS connection trusts, and how it is made: the options of ours as those of `node:tls`.
 *
 * Reading a list of authorities takes Node tens of milliseconds, so what came of one is kept, with the options object
 * that it was in.
 * @module
 */
import tls from 'node:tls';
import { RelayError } from '@hybridge/protocol';

/** How TLS to the relay is made. Its certificate is always verified unless `rejectUnauthorized` is false. */
export type DialTlsOptions = Readonly<
  Pick<
    tls.ConnectionOptions,
    | 'ca'
    | 'cert'
    | 'checkServerIdentity'
    | 'ciphers'
    | 'key'
    | 'passphrase'
    | 'pfx'
    | 'rejectUnauthorized'
    | 'secureContext'
    | 'servername'
    | 'session'
  > & {
    /** @defaultValue 'TLSv1.2', the least that is accepted */
    minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  }
>;

/** The part of a connection's options that says whom it trusts. */
export interface TrustOptions {
  readonly tls?: DialTlsOptions | undefined;
  readonly systemCa?: boolean | undefined;
}

/** Fastest with hardware support on both ends, and no weaker in practice; Node's order begins with its 256-bit twin. */
const PREFERRED_CIPHER = 'TLS_AES_128_GCM_SHA256';

const OF_RELAY = new WeakMap<DialTlsOptions, Contexts>();
const OF_PROXY = new WeakMap<DialTlsOptions, Contexts>();
const NO_OPTIONS: DialTlsOptions = {};

/**
 * For a connection to a relay.
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function relayTls({ tls: given = NO_OPTIONS, systemCa = false }: TrustOptions): tls.ConnectionOptions {
  const { minVersion = 'TLSv1.2' } = given;
  if (!['TLSv1.2', 'TLSv1.3'].includes(minVersion)) {
    throw argument('tls.minVersion must be TLSv1.2 or TLSv1.3');
  }
  if (systemCa && given.secureContext !== undefined) {
    throw argument('systemCa and tls.secureContext exclude each other: the context says whom it trusts');
  }
  // Without those that are undefined: one of them would displace the default that it stands for.
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const preferred = { ciphers: preferring(PREFERRED_CIPHER, tls.DEFAULT_CIPHERS), ...options, minVersion };
  return { ...preferred, ...context(OF_RELAY, given, systemCa, preferred) };
}

/** For a connection to a proxy: trusts the same authorities, and shows nothing that is meant for the relay. */
export function proxyTls({ tls: given = NO_OPTIONS, systemCa = false }: TrustOptions): tls.ConnectionOptions {
  const { ca } = given;
  const options: tls.ConnectionOptions = { minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) };
  return { ...options, ...context(OF_PROXY, given, systemCa, options) };
}

type Contexts = { readonly [trustsSystem in 'true' | 'false']?: tls.SecureContext };

/** The context that has the authorities; without one, Node would make its own for each connection. */
function context(
  kept: WeakMap<DialTlsOptions, Contexts>,
  given: DialTlsOptions,
  systemCa: boolean,
  options: tls.ConnectionOptions,
): { readonly secureContext?: tls.SecureContext } {
  if (given.secureContext !== undefined) return {};
  const contexts = kept.get(given);
  const existing = contexts?.[`${systemCa}`];
  if (existing !== undefined) return { secureContext: existing };
  const ca = systemCa ? withSystem(given.ca) : given.ca;
  const secureContext = read({ ...options, ...(ca === undefined ? {} : { ca }) });
  kept.set(given, { ...contexts, [`${systemCa}`]: secureContext });
  return { secureContext };
}

function read(options: tls.ConnectionOptions): tls.SecureContext {
  try {
    return tls.createSecureContext(options);
  } catch (cause) {
    const { message } = cause as Error;
    throw new RelayError('ERR_RELAY_ARGUMENT', `The options in tls cannot be used: ${message}`, { cause });
  }
}

type Authorities = NonNullable<DialTlsOptions['ca']>;

/** The machine's authorities, besides those that are trusted otherwise. */
function withSystem(ca: Authorities | undefined): Authorities {
  // Node 22.15 and 23.10 have it; the types that this is compiled with are those of Node 20.
  const { getCACertificates } = tls as { getCACertificates?: (of: 'default' | 'system') => string[] };
  if (getCACertificates === undefined) {
    throw argument(
      `systemCa needs Node 22.15 or newer, and this is ${process.version}: save the certificate of your network's ` +
        'authority as a PEM file, and give it as ca or in NODE_EXTRA_CA_CERTS',
    );
  }
  return [ca ?? getCACertificates('default'), getCACertificates('system')].flat();
}

/** Moves one cipher to the front of Node's list, where it is in the list at all. */
function preferring(cipher: string, list: string): string {
  const rest = list.split(':').filter((name) => name !== cipher);
  return rest.length === list.split(':').length ? list : [cipher, ...rest].join(':');
}

function argument(message: string): RelayError {
  return new RelayError('ERR_RELAY_ARGUMENT', message);
}
