/**
 * The server of the example `sql-server` in this process: TDS 7.4 on the wire, PGlite behind. No SQL Server is run here.
 *
 * A query of one connection waits for another's transaction; `WAITFOR DELAY` waits for nobody.
 * @module
 */
import { serverCertificate } from '../certificates.js';
import type { RestartableService, Service } from './service.js';

interface Server {
  readonly address: string;
  stop(): Promise<void>;
}

type Start = (options: {
  readonly password: string;
  readonly tls: { readonly key: string; readonly cert: string };
  readonly port?: number;
}) => Promise<Server>;

/** Starts it. */
export async function startTds(): Promise<Service & RestartableService> {
  const { sqlServer } = (await import(
    new URL('../../../../examples/sql-server/tds/server.js', import.meta.url).href
  )) as { readonly sqlServer: Start };
  const password = 'not-a-secret';
  const servername = 'sql.test';
  const tls = await serverCertificate([servername]);
  let server = await sqlServer({ password, tls });
  const port = Number(new URL(`tcp://${server.address}`).port);
  return {
    ...{ name: 'TDS server', host: '127.0.0.1', port, user: 'app', password, database: 'app' },
    ...{ ca: tls.ca, servername },
    async restart() {
      await server.stop();
      server = await sqlServer({ password, tls, port });
    },
    stop: () => server.stop(),
  };
}
