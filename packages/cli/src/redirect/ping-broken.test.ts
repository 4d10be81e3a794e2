/**
 * Set-ups that are broken, each in one way, and what `hybridge ping` says: which step, in which words, and what to do.
 *
 * More of them, TLS that is inspected and certificates among them, are in the conformance tests of a diagnosis.
 */
import { once } from 'node:events';
import net from 'node:net';
import { HybridConnectionListener } from '@hybridge/listener';
import { HybridConnectionManager, managerConfig } from '@hybridge/manager';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../program.js';

const ENDPOINT = 'sql01.corp.example:1433';

let relay: RelayServer;
let manager: HybridConnectionManager;

beforeAll(async () => {
  const names = ['sql', 'unused', 'refusing', 'nameless', 'saying-no', 'closing', 'without'];
  const hybridConnections = names.map((name) => ({
    name,
    ...(name !== 'without' && { endpoint: ENDPOINT }),
  }));
  relay = await startRelay({ namespaces: [{ name: 'localhost', hybridConnections }] });
  const target = await service((socket) => socket.end('welcome'), afterAll);
  const closed = await service(
    () => {},
    (stop) => stop(),
  );
  const leads = { sql: target, without: target, refusing: closed };
  const connections = Object.entries(leads).map(([name, port]) => ({
    ...{ connectionString: listen(name), endpoint: `127.0.0.1:${port}` },
  }));
  const nameless = { connectionString: listen('nameless'), endpoint: 'nothing.invalid:1433' };
  manager = new HybridConnectionManager(managerConfig({ connections: [...connections, nameless] }));
  manager.start();
  await manager.settled({ timeoutMs: 10_000 });
});
afterAll(async () => {
  await manager.stop({ graceMs: 0 });
  await relay.close({ graceMs: 0 });
});

const send = (name = 'sql', policy = 'defaultSender') => relay.connectionString(name, policy);
const listen = (name: string) => relay.connectionString(name, 'defaultListener');
const at = (port: number, scheme = 'ws') =>
  send().replace(/Endpoint=[^;]*/, `Endpoint=${scheme}://127.0.0.1:${port}/`);

/** A TCP server. @returns its port */
async function service(
  serve: (socket: net.Socket) => void,
  atEnd: (stop: () => void) => unknown = onTestFinished,
): Promise<number> {
  const server = net.createServer((socket) => serve(socket.on('error', () => undefined).resume()));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as net.AddressInfo;
  atEnd(() => void server.close());
  return port;
}

/** A listener that nobody of ours made: it does with a sender what is said. */
async function listening(name: string, acceptHandler: NonNullable<ListenerOptions['acceptHandler']>) {
  const listener = new HybridConnectionListener({ connectionString: listen(name), acceptHandler });
  onTestFinished(() => listener.close({ graceMs: 0 }));
  await listener.listen();
  return send(name);
}
type ListenerOptions = Exclude<ConstructorParameters<typeof HybridConnectionListener>[0], string>;

interface Broken {
  readonly what: string;
  /** The connection string. */
  readonly given: () => string | Promise<string>;
  readonly asked?: string;
  readonly args?: () => Promise<readonly string[]>;
  readonly step: string;
  readonly outcome?: string;
  readonly message: RegExp;
  readonly advice: RegExp;
}

const BROKEN: readonly Broken[] = [
  {
    what: 'a connection string that lost its end',
    given: () => send().replace(/SharedAccessKey=.*/, ''),
    ...{ step: 'connection-string', message: /SharedAccessKey is missing/, advice: /Copy .* whole/ },
  },
  {
    what: 'another port',
    given: () => send(),
    asked: 'sql01.corp.example:1434',
    ...{ step: 'match', message: /port 1434 is asked for, and sql is for port 1433/, advice: /:1433/ },
  },
  {
    what: 'an address for the name',
    given: () => send(),
    asked: '10.1.2.3:1433',
    ...{
      step: 'match',
      message: /the address 10\.1\.2\.3 is asked for, and sql is for the name sql01\.corp\.example/,
      advice: /compared as they are written/,
    },
  },
  {
    what: 'a short name',
    given: () => send(),
    asked: 'SQL01:1433',
    ...{ step: 'match', message: /the short name SQL01/, advice: /use sql01\.corp\.example:1433/ },
  },
  {
    what: 'a slip of the pen',
    given: () => send(),
    asked: 'slq01.corp.example:1433',
    ...{ step: 'match', message: /a slip of the pen/, advice: /use sql01\.corp\.example:1433/ },
  },
  {
    what: 'a relay whose name nobody knows',
    given: () => send().replace(/Endpoint=[^;]*/, 'Endpoint=ws://relay.invalid/'),
    ...{ step: 'dns', message: /^relay\.invalid .*(ENOTFOUND|EAI_AGAIN)/, advice: /spelling|DNS/ },
  },
  {
    what: 'a relay that does not run',
    given: async () =>
      at(
        await service(
          () => {},
          (stop) => stop(),
        ),
      ),
    ...{ step: 'tcp', message: /refuses connections/, advice: /is the relay running/ },
  },
  {
    what: 'a proxy that wants a password',
    given: () => send(),
    args: async () => {
      const port = await service((socket) => {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n');
      });
      return ['--proxy', `http://127.0.0.1:${port}`];
    },
    ...{ step: 'proxy-connect', message: /wants credentials/, advice: /user:password@host/ },
  },
  {
    what: 'something that speaks no TLS',
    given: async () => at(await service((socket) => socket.end('SSH-2.0-x\r\n')), 'sb'),
    ...{ step: 'tls', message: /does not speak TLS|handshake .* failed/, advice: /Endpoint|firewall/ },
  },
  {
    what: 'a web server in place of the relay',
    given: async () =>
      at(
        await service((socket) =>
          socket.end('HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n'),
        ),
      ),
    ...{ step: 'http', message: /is no relay: it answers 200 OK \(nginx\)/, advice: /Check host and port/ },
  },
  {
    what: 'a wrong key',
    given: () => send().replace(/SharedAccessKey=..../, 'SharedAccessKey=AAAA'),
    ...{ step: 'key', message: /wrong key, or unknown policy/, advice: /rolled/ },
  },
  {
    what: 'a hybrid connection that was deleted',
    given: () => send().replace('EntityPath=sql', 'EntityPath=gone'),
    ...{ step: 'hybrid-connection', message: /no hybrid connection gone/, advice: /Check EntityPath/ },
  },
  {
    what: "the listener's connection string",
    given: () => listen('sql'),
    ...{ step: 'right', message: /lacks the right Send/, advice: /defaultSender/ },
  },
  {
    what: 'a manager that does not run',
    given: () => send('unused'),
    ...{ step: 'listeners', message: /nobody listens/, advice: /start the manager/ },
  },
  {
    what: 'a name that the manager does not know',
    given: () => send('nameless'),
    ...{
      step: 'manager-dns',
      message: /^the name of the endpoint .*(ENOTFOUND|EAI_AGAIN)/,
      advice: /There: hybridge test sql01\.corp\.example:1433/,
    },
  },
  {
    what: 'a service that does not run',
    given: () => send('refusing'),
    ...{
      step: 'manager-tcp',
      message: /^the endpoint refuses connections/,
      advice: /start the service.*There: hybridge test/,
    },
  },
  {
    what: 'a listener that lets nobody in',
    given: () => listening('saying-no', (incoming) => incoming.reject(403, 'Not today')),
    ...{ step: 'probe', message: /a listener is there and said no: 403 Not today/, advice: /its log/ },
  },
  {
    what: 'a listener that takes connections before it has one to its target',
    given: () => listening('closing', (incoming) => void incoming.accept().end()),
    ...{ step: 'probe', outcome: 'warning', message: /closed at once/, advice: /could not reach it/ },
  },
];

describe('hybridge ping, with', () => {
  it.each(BROKEN)(
    '$what, names it, and says what to do',
    async ({ given, asked = ENDPOINT, args, step, outcome = 'failed', message, advice }) => {
      const written = { stdout: '', stderr: '' };
      const sink = (stream: 'stdout' | 'stderr') => ({ write: (text: string) => (written[stream] += text) });
      const interrupts = () => ({
        first: new Promise<never>(() => {}),
        second: new Promise<never>(() => {}),
      });
      const connectionString = await given();
      const code = await run(['ping', asked, '--json', '--count', '1', ...((await args?.()) ?? [])], {
        ...{ stdout: sink('stdout'), stderr: sink('stderr'), interrupts },
        env: { HYBRIDGE_CONNECTION_STRING: connectionString },
      });
      const steps: { name: string; message: string; advice: string }[] = written.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const named = steps.find(({ name }) => name === step);
      expect(named, written.stdout).toMatchObject({ outcome });
      expect(named?.message).toMatch(message);
      expect(named?.advice).toMatch(advice);
      expect(code).toBe(outcome === 'failed' ? 1 : 0);
      expect(written.stderr).toBe('');
      const key = /SharedAccessKey=([^;]{8,})/.exec(connectionString)?.[1];
      if (key !== undefined) expect(written.stdout).not.toContain(key);
    },
  );
});
