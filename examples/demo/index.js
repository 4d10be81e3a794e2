/**
 * An application reads a database in another network, and nobody opens a port there. Four processes, started here:
 * the database, the relay, the manager and the application.
 *
 *   node examples/demo/index.js            runs through and ends by itself
 *   node examples/demo/index.js --keep     stays up, so that you can connect with tools of your own
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { formatConnectionString, generateKey } from '@hybridge/sas';
import { ask, command, hybridge, script, stop, stopAll } from './children.js';
import { bold, chapter, cyan, dim, done, during, note, say, table } from './stage.js';

const NAME = 'payroll-db';
const PRIVATE_NAME = 'db.corp.example';
const DATABASE_URL = `postgres://payroll_app@${PRIVATE_NAME}:5432/payroll`;

const keep = process.argv.includes('--keep');
const folder = mkdtempSync(join(tmpdir(), 'hybridge-demo-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, async () => {
    // Impatient: what is still running is killed on the way out.
    if (interrupted) process.exit(130);
    interrupted = true;
    say(dim('\n   stopping everything …'));
    await stopAll();
    process.exit(keep && signal === 'SIGINT' ? 0 : 130);
  });
}

try {
  await demo();
} catch (error) {
  // Ctrl-C reaches the other processes too; that they end is then no failure.
  if (!interrupted) say(`\n   ✘ ${error.message}`);
  process.exitCode = 1;
} finally {
  await stopAll();
}

async function demo() {
  const begin = performance.now();
  say(bold('\nHybridge: a database in another network, and no port opened there'));
  say(dim('\n   application ── connect() ──►  relay  ◄── dials out ── manager ── TCP ──► database'));

  // It takes longest, so it starts first; the relay and the manager do not wait for it.
  const databaseBegin = performance.now();
  const databaseStarts = script('database.js');
  databaseStarts.catch(() => {});

  chapter('The relay, where both sides can dial out to');
  const keys = { defaultListener: generateKey(), defaultSender: generateKey() };
  const relayBegin = performance.now();
  const relay = await during('starting the relay', hybridge('relay', '--config', relayConfig(keys)));
  done(`relay at ${relay.url}, process ${relay.child.pid}`, performance.now() - relayBegin);
  note(`it serves one hybrid connection, ${NAME}, with a key to listen and another one to send`);
  const portal = `${relay.admin}/portal/`;
  note(`its portal, to watch and to manage it in a browser: ${portal}`);

  chapter('The private network: a database, and the manager beside it');
  const database = await during(
    'starting PostgreSQL (PGlite, in WebAssembly: nothing to install, some seconds to start)',
    databaseStarts,
  );
  done(`PostgreSQL is up, process ${database.child.pid}`, performance.now() - databaseBegin);
  note(`in this story it is ${PRIVATE_NAME}:5432; on this machine it is ${database.address}`);
  const managerBegin = performance.now();
  const config = managerConfig(relay.url, keys, database.address);
  // A folder of its own, so that it is not taken for a manager that runs here anyway.
  const dataDir = join(folder, 'manager');
  const managerOptions = ['--config', config, '--data-dir', dataDir, ...(keep ? ['--ui'] : [])];
  const manager = await during('starting the manager', hybridge('manager', ...managerOptions));
  const [held] = manager.connections;
  if (held.state !== 'online') throw new Error(`The manager is not online but ${held.state}`);
  done(`manager online at the relay, process ${manager.child.pid}`, performance.now() - managerBegin);
  note(`${held.name} leads to the database, and to nothing else in that network`);

  chapter('The application: a pg pool with its usual connection string, and one line more');
  note(`connectionString: '${DATABASE_URL}',`);
  note("stream: () => connect(process.env.HYBRIDGE_CONNECTION_STRING),   // from '@hybridge/sender'");
  const sender = secret('sender.txt', connectionString(relay.url, 'defaultSender', keys));
  const application = await during(
    'starting the application',
    script('application.js', { DATABASE_URL, HYBRIDGE_CONNECTION_STRING: sender.text }),
  );
  await read(application.child);

  if (keep) {
    await stayUp(sender.file, { portal, admin: relay.admin, socket: join(dataDir, 'manager.sock') });
    return;
  }

  chapter('And when something breaks, the application is told the truth');
  await during('stopping the database', stop(database.child));
  const idle = await during('the pool notices', ask(application.child, { step: 'idle' }));
  done('the database is stopped; the manager and the relay are still up');
  note(`the pool's idle connection ended with it: ${idle.result.because}`);
  const { failure, ms } = await ask(application.child, { step: 'staff' });
  if (failure?.code !== 'ECONNREFUSED')
    throw new Error(`Expected ECONNREFUSED, got ${JSON.stringify(failure)}`);
  done(`the next query fails with ${bold(failure.code)}, the database's own refusal`, ms);
  note(failure.message);

  await stopAll();
  const seconds = ((performance.now() - begin) / 1_000).toFixed(1);
  say(`\n${bold('Done')} in ${seconds} s; every process of the demo has ended.`);
  say(dim('Try it with your own tools:  npm run demo -- --keep\n'));
}

async function read(application) {
  const resolved = await during('asking for the name', ask(application, { step: 'resolve' }));
  const answer =
    resolved.failure?.code ?? `it resolves here, to ${resolved.result.address}; that is not used`;
  done(`${PRIVATE_NAME}, looked up on this side: ${bold(answer)}`, resolved.ms);

  const first = await during('first query', ask(application, { step: 'staff' }));
  if (first.failure) throw new Error(`The query failed: ${first.failure.code} ${first.failure.message}`);
  done('first query, a new connection through the tunnel included', first.ms);
  table(first.result.rows);

  const count = 200;
  const trips = await during(`${count} queries`, ask(application, { step: 'roundTrips', argument: count }));
  done(`${count} more queries, one after the other; half of them within`, trips.result.medianMs);

  const ledger = await during('a large result', ask(application, { step: 'ledger' }));
  const { count: rows, bytes, equal } = ledger.result;
  if (!equal) throw new Error('The rows that arrived are not those of the database');
  done(
    `${rows.toLocaleString('en')} rows, ${(bytes / 1e6).toFixed(1)} MB, with the database's own checksum`,
    ledger.ms,
  );
}

async function stayUp(file, { portal, admin, socket }) {
  chapter('It stays up. In another terminal, open a local port into the tunnel:');
  const path = relative(process.cwd(), command);
  say(`\n   ${cyan(`node ${path} forward --connection-string file:${file} --listen 127.0.0.1:15432`)}`);
  say('\n   and connect with anything that speaks PostgreSQL:');
  say(
    `\n   ${cyan("psql 'postgres://postgres@127.0.0.1:15432/postgres?sslmode=disable' -c 'select * from staff'")}`,
  );
  const token = join(folder, 'data', 'admin.token');
  say(`\n   In a browser, the relay's portal: ${cyan(portal)}`);
  say(`   It asks for a token: ${cyan(`cat ${token}`)}`);
  say('   Or the same in a terminal:');
  say(`\n   ${cyan(`node ${path} status --relay ${admin} --token file:${token}`)}`);
  say("\n   The manager's pages in a browser, and what it holds in a terminal:");
  say(`\n   ${cyan(`node ${path} manager ui --open --socket ${socket}`)}`);
  say(`   ${cyan(`node ${path} manager list --socket ${socket}`)}`);
  say(dim('\n   Ctrl-C ends the demo and removes its files.'));
  await new Promise(() => setInterval(() => {}, 60_000));
}

/** The relay's configuration: a free port, and one hybrid connection with a policy for each side. */
function relayConfig(keys) {
  const rule = (name, right) => ({ name, rights: [right], primaryKey: keys[name] });
  const rules = [rule('defaultListener', 'Listen'), rule('defaultSender', 'Send')];
  const connection = { name: NAME, endpoint: `${PRIVATE_NAME}:5432`, authorizationRules: rules };
  return written('relay.json', {
    dataDir: join(folder, 'data'),
    listen: { host: '127.0.0.1', port: 0 },
    admin: { port: 0 },
    namespaces: [{ name: 'localhost', hybridConnections: [connection] }],
  });
}

/** The manager's: the hybrid connection, and the one address that it leads to. */
function managerConfig(url, keys, endpoint) {
  const { file } = secret('listener.txt', connectionString(url, 'defaultListener', keys));
  return written('manager.json', { connections: [{ connectionString: `file:${file}`, endpoint }] });
}

function connectionString(url, sharedAccessKeyName, keys) {
  return formatConnectionString({
    endpoint: new URL(url),
    entityPath: NAME,
    sharedAccessKeyName,
    sharedAccessKey: keys[sharedAccessKeyName],
  });
}

function written(name, value) {
  return secret(name, JSON.stringify(value, undefined, 2)).file;
}

/** A file that only its owner can read. */
function secret(name, text) {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o600 });
  return { file, text };
}
