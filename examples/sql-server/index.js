/** SQL Server's protocol in another network, spoken by an application with `tedious`. */
import { application, privateNetwork, say, startRelay } from '@hybridge-examples/stage';
import { selfSigned } from './tds/certificate.js';
import { sqlServer } from './tds/server.js';

const password = 'not-a-secret';
const tls = await selfSigned('sql01.corp.example');
const server = await sqlServer(
  { password, tls },
  `
  create table staff (name text primary key, city text, salary int);
  insert into staff values ('Ada', 'London', 5200), ('Grace', 'New York', 6100), ('Edsger', 'Nuenen', 4400);
`,
);
const relay = await startRelay({ hybridConnections: ['payroll-sql'] });
say(`a relay at ${relay.url}`);

const network = await privateNetwork(relay, { 'payroll-sql': server.address });
say('a private network: a server that speaks TDS 7.4 in front of PostgreSQL, and a manager');

say('the application, which knows the server as sql01.corp.example');
try {
  await application(new URL('app.js', import.meta.url), {
    DATABASE_PASSWORD: password,
    DATABASE_CA: tls.cert,
    HYBRIDGE_CONNECTION_STRING: relay.connectionString('payroll-sql', 'defaultSender'),
  });
} finally {
  await network.stop();
  await server.stop();
  await relay.close();
}
