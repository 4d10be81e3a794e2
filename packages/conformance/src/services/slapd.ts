/**
 * A real OpenLDAP server with one small directory, `dc=corp,dc=test`, and STARTTLS.
 *
 * Source: slapd(8), slapd.conf(5).
 * @module
 */
import { serverCertificate } from '../certificates.js';
import { serviceAccount } from './account.js';
import { findPrograms } from './programs.js';
import { accepts, freePort, ServerFolder, ServerProcess } from './server-process.js';
import { type Found, missing, type Programs, type RestartableService } from './service.js';

/** The programs that come with OpenLDAP and that tests use. */
export type SlapdProgram = 'slapd' | 'slapadd';

/** A running OpenLDAP. */
export interface SlapdService extends RestartableService {
  readonly base: string;
  /** Who may do anything in it. */
  readonly user: string;
  readonly password: string;
  /** The port that speaks TLS from the start. */
  readonly tlsPort: number;
  readonly ca: string;
  readonly servername: string;
  /** Makes it answer nobody, from when the promise is kept. */
  freeze(): Promise<void>;
  thaw(): void;
}

const BASE = 'dc=corp,dc=test';
/** Large enough that a search of it all has a result of 3 MB. */
const PEOPLE = 30;
const NOTE_BYTES = 100_000;

/** Looks for OpenLDAP on this machine. */
export function findSlapd(): Found<SlapdProgram> {
  const programs = findPrograms(['slapd', 'slapadd']);
  return programs === undefined ? missing('OpenLDAP', 'slapd') : { programs };
}

/** Starts one with {@link PEOPLE} entries. */
export async function startSlapd(programs: Programs<SlapdProgram>): Promise<SlapdService> {
  const folder = new ServerFolder('slapd', serviceAccount('openldap'));
  const password = 'not-a-secret';
  const user = `cn=admin,${BASE}`;
  const servername = 'ldap.test';
  const tls = await serverCertificate([servername]);
  const config = folder.write(
    'slapd.conf',
    [
      'include /etc/ldap/schema/core.schema',
      'modulepath /usr/lib/ldap',
      'moduleload back_mdb',
      `TLSCACertificateFile ${folder.write('ca.pem', tls.ca)}`,
      `TLSCertificateFile ${folder.write('server.pem', tls.cert)}`,
      `TLSCertificateKeyFile ${folder.write('server.key', tls.key)}`,
      'database mdb',
      'dbnosync',
      'maxsize 104857600',
      `suffix "${BASE}"`,
      `rootdn "${user}"`,
      `rootpw ${password}`,
      `directory ${folder.path}`,
      '',
    ].join('\n'),
  );
  await folder.run(programs.slapadd, ['-q', '-f', config, '-l', folder.write('people.ldif', people())]);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const start = async () => {
    const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${tlsPort}/`;
    const process = new ServerProcess(folder, programs.slapd, ['-d', '0', '-f', config, '-h', urls]);
    await process.ready(() => accepts(port, { speaks: false }));
    return process;
  };
  let server = await start();
  return {
    ...{ host: '127.0.0.1', port, tlsPort, base: BASE, user, password, ca: tls.ca, servername },
    freeze: () => server.freeze(),
    thaw: () => server.signal('SIGCONT'),
    async restart() {
      await server.stop('SIGKILL'); // it may be frozen
      server = await start();
    },
    async stop() {
      await server.stop('SIGKILL');
      folder.remove();
    },
  };
}

function people(): string {
  const entries = [`dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: corp\no: Corp\n`];
  for (let index = 0; index < PEOPLE; index += 1) {
    const name = `person${index}`;
    entries.push(
      `dn: cn=${name},${BASE}\nobjectClass: person\ncn: ${name}\nsn: ${name}\ndescription: ${'x'.repeat(NOTE_BYTES)}\n`,
    );
  }
  return entries.join('\n');
}
