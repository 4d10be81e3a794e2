/**
 * What every database server of the tests has in common, and what happens when one is not installed.
 *
 * On a bare machine a suite that lacks its server is skipped, and says so once with the package to install.
 * With `HYBRIDGE_REQUIRE_SERVICES=1`, as in continuous integration, the same lack is a failure.
 * @module
 */

/** A server that was started for one test file, on loopback, with data of its own. */
export interface Service {
  /** What it is, with its version, for the titles of tests. */
  readonly name: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** An account that may do anything in {@link Service.database}. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The certificate authority (PEM) that vouches for the server; absent when it has no TLS. */
  readonly ca?: string;
  /** The name in the server's certificate. */
  readonly servername?: string;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

/** One that can be ended with all its connections and started again, with its data, at the same port. */
export interface RestartableService {
  readonly host: '127.0.0.1';
  readonly port: number;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Programs that a suite needs, and where they were found. */
export type Programs<Name extends string> = Readonly<Record<Name, string>>;

/** The outcome of looking for a server. */
export type Found<Name extends string> =
  | { readonly programs: Programs<Name>; readonly missing?: undefined }
  | { readonly programs?: undefined; readonly missing: string };

/** Whether a missing server is a failure rather than a reason to skip. */
export const servicesRequired = process.env.HYBRIDGE_REQUIRE_SERVICES === '1';

const told = new Set<string>();

/**
 * Turns a failed search into a skip, or into a failure where servers are required.
 *
 * @param service - the server's name, for the message.
 * @param install - the Debian packages that bring it.
 * @throws Error when it is missing and `HYBRIDGE_REQUIRE_SERVICES=1`.
 */
export function missing<Name extends string>(service: string, install: string): Found<Name> {
  const message = `${service} is not installed (Debian: apt-get install ${install})`;
  if (servicesRequired) throw new Error(`${message}, and HYBRIDGE_REQUIRE_SERVICES=1 asks for it`);
  if (!told.has(service)) {
    told.add(service);
    console.log(`Skipped: ${message}`);
  }
  return { missing: message };
}
