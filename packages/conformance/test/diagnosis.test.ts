/**
 * Set-ups that are broken, each in one way, and what a diagnosis says: which step, in which words, and what to do.
 *
 * Relay, manager, proxies, certificates and targets are real ones in this process.
 * @module
 */
import { once } from 'node:events';
import http from 'node:http';
import type net from 'node:net';
import { type DiagnoseOptions, diagnose, outcomeOf, type Step } from '@hybridge/diagnosis';
import { HybridConnectionListener } from '@hybridge/listener';
import { HybridConnectionManager, managerConfig } from '@hybridge/manager';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { audienceOf, createToken } from '@hybridge/sas';
import { diagnose as ask } from '@hybridge/sender';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ServerCertificate, serverCertificate } from '../src/certificates.js';
import { CorporateProxy } from '../src/corporate-proxy.js';
import { freePort } from '../src/services/server-process.js';
import { TargetServer } from '../src/target-server.js';

/** Nobody's resolver knows it. */
const RELAY = 'relay.test';
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

let certificate: ServerCertificate;
let plain: RelayServer;
let secure: RelayServer;
let manager: HybridConnectionManager;
/** Tells senders nothing of its side but why there is no connection. */
let quiet: HybridConnectionManager;
let target: TargetServer;
/** Ended after each test, the last one first. */
const running: (() => unknown)[] = [];

beforeAll(async () => {
  certificate = await serverCertificate([RELAY]);
  target = await TargetServer.start();
  target.serve = (socket) => socket.end('welcome');
  const endpoint = `${target.host}:${target.port}`;
  const closedPort = await freePort();
  const names = [
    { name: 'db', endpoint },
    { name: 'unused', endpoint },
    { name: 'refusing', endpoint: `127.0.0.1:${closedPort}` },
    { name: 'nameless', endpoint: 'nothing.invalid:1433' },
    { name: 'refusing-quietly', endpoint: `127.0.0.1:${closedPort}` },
    { name: 'nameless-quietly', endpoint: 'nothing.invalid:1433' },
    { name: 'no-endpoint' },
  ];
  plain = await startRelay({ namespaces: [{ name: 'localhost', hybridConnections: names }] });
  secure = await startRelay({
    listen: { tls: { cert: certificate.cert, key: certificate.key } },
    namespaces: [{ name: RELAY, hybridConnections: [{ name: 'db' }] }],
  });
  const connection = (name: string, to: string) => ({
    ...{ connectionString: plain.connectionString(name, 'defaultListener'), endpoint: to },
  });
  manager = new HybridConnectionManager(
    managerConfig({
      connections: [
        connection('db', endpoint),
        connection('refusing', `127.0.0.1:${closedPort}`),
        connection('nameless', 'nothing.invalid:1433'),
      ],
    }),
  );
  quiet = new HybridConnectionManager(
    managerConfig({
      diagnosis: 'off',
      connections: [
        connection('refusing-quietly', `127.0.0.1:${closedPort}`),
        connection('nameless-quietly', 'nothing.invalid:1433'),
      ],
    }),
  );
  manager.start();
  quiet.start();
  await Promise.all([manager, quiet].map((each) => each.settled({ timeoutMs: 10_000 })));
});
afterAll(async () => {
  await Promise.all([manager, quiet].map((each) => each.stop({ graceMs: 0 })));
  await Promise.all([plain.close({ graceMs: 0 }), secure.close({ graceMs: 0 }), target.stop()]);
});
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

/** Names lead to loopback, as with a hosts file. */
const lookup: net.LookupFunction = (_, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};
const unknown: net.LookupFunction = (name, _, callback) => {
  callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), '', 0);
};

type Given = Partial<DiagnoseOptions>;
const send = (name = 'db', policy = 'defaultSender') => plain.connectionString(name, policy);
const listen = (name = 'db', policy = 'defaultListener') => plain.connectionString(name, policy);
const overTls = (): Given => ({ connectionString: secure.connectionString('db', 'defaultSender'), lookup });
const trusting = () => ({ tls: { ca: certificate.ca } });

async function walk(options: Given): Promise<Step[]> {
  const steps: Step[] = [];
  // Whatever proxies the machine has that runs the tests.
  for await (const step of diagnose({ right: 'send', timeoutMs: 2_000, env: {}, ...options }))
    steps.push(step);
  return steps;
}

async function proxied(options?: Parameters<typeof CorporateProxy.start>[0]): Promise<CorporateProxy> {
  const proxy = await CorporateProxy.start(options);
  running.push(() => proxy.stop());
  return proxy;
}

/** A TCP server that does with each connection what is said. */
async function server(serve: (socket: net.Socket) => void): Promise<number> {
  const listening = await TargetServer.start();
  listening.serve = (socket) => serve(socket.resume());
  running.push(() => listening.stop());
  return listening.port;
}

async function webServer(answer: http.RequestListener): Promise<number> {
  const web = http.createServer(answer);
  await once(web.listen(0, '127.0.0.1'), 'listening');
  running.push(() => web.close());
  return (web.address() as net.AddressInfo).port;
}

/** The relay again, behind another certificate. */
async function relayWith({ cert, key }: { cert: string; key: string }): Promise<Given> {
  const relay = await startRelay({
    listen: { tls: { cert, key } },
    namespaces: [{ name: RELAY, hybridConnections: [{ name: 'db' }] }],
  });
  running.push(() => relay.close({ graceMs: 0 }));
  return { connectionString: relay.connectionString('db', 'defaultSender'), lookup };
}

const at = (port: number, scheme = 'ws') =>
  send().replace(/Endpoint=[^;]*/, `Endpoint=${scheme}://127.0.0.1:${port}/`);

const portOf = (relay: RelayServer) =>
  Number(/:(\d+)\//.exec(relay.connectionString('db', 'defaultSender'))?.[1]);

interface Broken {
  /** What is broken. */
  readonly what: string;
  readonly given: () => Given | Promise<Given>;
  /** It is about what a sender is not told: another clock, another environment, a listener. */
  readonly others?: true;
  /** The step that says so. */
  readonly step: Step['name'];
  readonly outcome?: Step['outcome'];
  readonly message: RegExp;
  readonly advice: RegExp;
}

const BROKEN: readonly Broken[] = [
  {
    what: 'a connection string that lost its end',
    given: () => ({ connectionString: send().replace(/SharedAccessKey=.*/, '') }),
    ...{ step: 'connection-string', message: /SharedAccessKey is missing/, advice: /Copy .* whole/ },
  },
  {
    what: 'a connection string of BizTalk',
    given: () => ({ connectionString: 'Endpoint=hc://a.hybrid.biztalk.windows.net/b' }),
    ...{ step: 'connection-string', message: /BizTalk/, advice: /Endpoint=sb/ },
  },
  {
    what: 'a relay whose name nobody knows',
    given: () => ({ ...overTls(), lookup: unknown }),
    ...{ step: 'dns', message: /^relay\.test has no address.*ENOTFOUND/, advice: /spelling of Endpoint/ },
  },
  {
    what: 'a relay that is not running',
    given: async () => ({ connectionString: at(await freePort()) }),
    ...{ step: 'tcp', message: /^127\.0\.0\.1:\d+ refuses connections/, advice: /is the relay running/ },
  },
  {
    what: 'a server that takes connections and never answers',
    given: async () => ({ connectionString: at(await server(() => {})), timeoutMs: 300 }),
    ...{ step: 'http', message: /did not answer within 300 ms/, advice: /hangs, or a firewall/ },
  },
  {
    what: 'a server that takes connections and never answers to TLS',
    given: async () => ({ connectionString: at(await server(() => {}), 'sb'), timeoutMs: 300 }),
    ...{ step: 'tls', message: /did not answer to TLS within 300 ms/, advice: /firewall/ },
  },
  {
    what: 'a proxy that is not there',
    given: async () => ({ ...overTls(), proxy: `http://127.0.0.1:${await freePort()}` }),
    ...{ step: 'tcp', message: /refuses connections/, advice: /check the proxy's address/ },
  },
  {
    what: 'a proxy that wants a password',
    given: async () => {
      const proxy = await proxied({ credentials: 'jane:s3cret' });
      return { ...overTls(), env: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` } };
    },
    others: true,
    ...{ step: 'proxy-connect', message: /wants credentials/, advice: /user:password@host/ },
  },
  {
    what: 'a proxy that gets another password',
    given: async () => {
      const proxy = await proxied({ credentials: 'jane:s3cret' });
      return { ...overTls(), proxy: `http://jane:wr0ng@127.0.0.1:${proxy.port}` };
    },
    ...{ step: 'proxy-connect', message: /does not accept the credentials/, advice: /percent-encoded/ },
  },
  {
    what: 'a proxy that forbids the relay',
    given: async () => {
      const port = await server((socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 403 Blocked by category\r\n\r\n'));
      });
      return { ...overTls(), proxy: `http://127.0.0.1:${port}` };
    },
    ...{
      step: 'proxy-connect',
      message: /403 Blocked by category/,
      advice: /allow CONNECT to relay\.test:\d+/,
    },
  },
  {
    what: 'a proxy that never answers',
    given: async () => ({
      ...overTls(),
      proxy: `http://127.0.0.1:${await server(() => {})}`,
      timeoutMs: 300,
    }),
    ...{ step: 'proxy-connect', message: /did not answer within 300 ms/, advice: /let CONNECT to/ },
  },
  {
    what: 'an environment that names a proxy of another kind',
    given: () => ({ ...overTls(), env: { ALL_PROXY: 'socks5://127.0.0.1:1080' } }),
    others: true,
    ...{ step: 'proxy', message: /ALL_PROXY cannot be used: .*socks5/, advice: /--no-proxy/ },
  },
  {
    what: 'a certificate that is signed by itself',
    given: () => relayWith({ cert: certificate.ca, key: certificate.authorityKey }),
    ...{ step: 'tls', message: /signed by itself: CN=Tests authority/, advice: /--ca file\.pem/ },
  },
  {
    what: 'a certificate that is expired',
    given: async () => {
      const times = { notBefore: new Date(Date.now() - 9 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) };
      const expired = await serverCertificate([RELAY], 'CN=Tests authority', times);
      return { ...(await relayWith(expired)), tls: { ca: expired.ca } };
    },
    ...{ step: 'tls', message: /expired: CN=relay\.test.*CERT_HAS_EXPIRED/, advice: /Renew it.*clock/ },
  },
  {
    what: 'a certificate for another name',
    given: async () => {
      const other = await serverCertificate(['other.test']);
      return { ...(await relayWith(other)), tls: { ca: other.ca } };
    },
    ...{
      step: 'tls',
      message: /not for relay\.test but for other\.test/,
      advice: /a name that the certificate has/,
    },
  },
  {
    what: 'an authority that is not trusted',
    given: () => overTls(),
    ...{
      step: 'tls',
      message: /issued by CN=Tests authority/,
      advice: /--ca .*NODE_EXTRA_CA_CERTS.*--system-ca/,
    },
  },
  {
    what: 'a proxy that inspects TLS',
    given: async () => {
      const inspects = await serverCertificate([RELAY], 'CN=Gateway CA, O=Example Corp');
      const proxy = await proxied({ inspects });
      return { ...overTls(), ...trusting(), proxy: proxy.url };
    },
    ...{
      step: 'tls',
      message: /issued by CN=Gateway CA, O=Example Corp/,
      advice: /proxy which inspects TLS/,
    },
  },
  {
    what: 'a relay without TLS that is addressed with',
    given: () => ({ connectionString: at(portOf(plain), 'sb') }),
    ...{
      step: 'tls',
      message: /does not speak TLS|handshake .* failed/,
      advice: /ws:\/\/host:port|firewall/,
    },
  },
  {
    what: 'a relay with TLS that is addressed without',
    given: () => ({ connectionString: at(portOf(secure)) }),
    ...{ step: 'http', message: /gives no HTTP answer|is no relay/, advice: /sb:\/\/ or wss|Endpoint/ },
  },
  {
    what: 'a web server in place of the relay',
    given: async () => {
      const port = await webServer((_, answer) =>
        answer.setHeader('Server', 'nginx').end('<h1>It works</h1>'),
      );
      return { connectionString: at(port) };
    },
    ...{ step: 'http', message: /is no relay: it answers 200 OK \(nginx\)/, advice: /Check host and port/ },
  },
  {
    what: 'a network that wants a sign-in first',
    given: async () => {
      const port = await webServer((_, answer) =>
        answer.writeHead(302, { Location: 'http://login.test/' }).end(),
      );
      return { connectionString: at(port) };
    },
    ...{ step: 'http', message: /302 Found, and leads to http:\/\/login\.test/, advice: /sign-in first/ },
  },
  {
    what: 'a load balancer without a relay behind it',
    given: async () => ({
      connectionString: at(await webServer((_, answer) => answer.writeHead(503).end())),
    }),
    ...{ step: 'http', message: /503 .*does not reach the relay/, advice: /Start the relay/ },
  },
  {
    what: 'a clock that is an hour behind',
    given: () => ({ connectionString: send(), now: () => Date.now() - HOUR_MS }),
    others: true,
    ...{ step: 'clock', message: /60 minutes behind/, advice: /Set the clock/ },
  },
  {
    what: 'a clock that is an hour ahead',
    given: () => ({ connectionString: send(), now: () => Date.now() + HOUR_MS }),
    others: true,
    ...{ step: 'clock', outcome: 'warning', message: /60 minutes ahead/, advice: /Set the clock/ },
  },
  {
    what: 'a clock that is so far behind that tokens are expired when they are made',
    given: () => ({ connectionString: send(), now: () => Date.now() - 2 * HOUR_MS }),
    others: true,
    ...{
      step: 'key',
      message: /expired: this machine's clock is 120 minutes behind/,
      advice: /Set the clock/,
    },
  },
  {
    what: 'a wrong key',
    given: () => ({ connectionString: send().replace(/SharedAccessKey=..../, 'SharedAccessKey=AAAA') }),
    ...{ step: 'key', message: /wrong key, or unknown policy.*defaultSender/, advice: /rolled/ },
  },
  {
    what: 'a policy that the relay does not have',
    given: () => ({ connectionString: send().replace('defaultSender', 'somebody') }),
    ...{ step: 'key', message: /unknown policy: the relay has no policy somebody/, advice: /Copy .* again/ },
  },
  {
    what: 'a provider of tokens that fails',
    given: () => ({
      ...{ endpoint: `ws://127.0.0.1:${portOf(plain)}`, entityPath: 'db' },
      tokenProvider: { getToken: () => Promise.reject(new Error('s3cret')) },
    }),
    ...{ step: 'key', message: /no token: its provider failed/, advice: /makes the tokens/ },
  },
  {
    what: 'a provider of tokens that takes its time',
    given: () => ({
      ...{ endpoint: `ws://127.0.0.1:${portOf(plain)}`, entityPath: 'db', timeoutMs: 300 },
      tokenProvider: { getToken: () => new Promise<never>(() => {}) },
    }),
    ...{ step: 'key', message: /there was none within 300 ms/, advice: /makes the tokens/ },
  },
  {
    what: 'a token that is expired',
    given: () => {
      const [, keyName, key] = /SharedAccessKeyName=([^;]*);SharedAccessKey=([^;]*)/.exec(
        send(),
      ) as RegExpExecArray;
      const endpoint = `ws://127.0.0.1:${portOf(plain)}`;
      const resource = audienceOf(new URL(endpoint), 'db');
      const long = () => Date.now() - 3 * HOUR_MS;
      const token = createToken({ resource, keyName: keyName!, key: key!, now: long });
      return { endpoint, entityPath: 'db', token };
    },
    others: true,
    ...{ step: 'key', message: /token of policy defaultSender is expired$/, advice: /Get a new token/ },
  },
  {
    what: 'a relay on another machine that is addressed without TLS',
    given: () => ({ connectionString: send().replace('127.0.0.1', 'relay.test'), lookup }),
    ...{ step: 'tls', outcome: 'warning', message: /travel in clear/, advice: /sb:\/\// },
  },
  {
    what: 'a hybrid connection that the relay does not have',
    given: () => ({ connectionString: send().replace('EntityPath=db', 'EntityPath=gone') }),
    ...{ step: 'hybrid-connection', message: /has no hybrid connection gone/, advice: /Check EntityPath/ },
  },
  {
    what: "the listener's connection string at the sender",
    given: () => ({ connectionString: listen() }),
    ...{ step: 'right', message: /defaultListener lacks the right Send/, advice: /defaultSender/ },
  },
  {
    what: "the sender's connection string at the listener",
    given: () => ({ connectionString: send(), right: 'listen', register: true }),
    others: true,
    ...{ step: 'register', message: /defaultSender lacks the right Listen/, advice: /defaultListener/ },
  },
  {
    what: 'no key where senders need one',
    given: () => ({ connectionString: send().replace(/SharedAccessKeyName=.*?;SharedAccessKey=.*?;/, '') }),
    ...{ step: 'right', message: /senders need a key here/, advice: /defaultSender/ },
  },
  {
    what: 'no endpoint in the metadata',
    given: () => ({ connectionString: listen('no-endpoint'), right: 'listen' }),
    others: true,
    ...{ step: 'endpoint', outcome: 'warning', message: /names no endpoint/, advice: /host:port/ },
  },
  {
    what: 'nobody who listens',
    given: () => ({ connectionString: send('unused') }),
    ...{ step: 'listeners', message: /nobody listens/, advice: /start the manager/ },
  },
  {
    what: 'a target that refuses',
    given: () => ({ connectionString: send('refusing'), probe: true }),
    ...{
      step: 'manager-tcp',
      message: /^the endpoint refuses connections \(ECONNREFUSED\)/,
      advice: /start the service.*There: hybridge test 127/,
    },
  },
  {
    what: 'a target whose name the manager does not know',
    given: () => ({ connectionString: send('nameless'), probe: true }),
    ...{
      step: 'manager-dns',
      message: /^the name of the endpoint .*(ENOTFOUND|EAI_AGAIN)/,
      advice: /DNS|known on the manager's machine.*There: hybridge test nothing\.invalid:1433/,
    },
  },
  {
    what: 'a target that refuses, behind a manager that tells nothing else',
    given: () => ({ connectionString: send('refusing-quietly'), probe: true }),
    ...{
      step: 'probe',
      message: /cannot reach its target 127\.0\.0\.1:\d+: ECONNREFUSED/,
      advice: /hybridge test 127/,
    },
  },
  {
    what: 'a target whose name is not known, behind a manager that tells nothing else',
    given: () => ({ connectionString: send('nameless-quietly'), probe: true, probeTimeoutMs: 15_000 }),
    ...{ step: 'probe', message: /nothing\.invalid:1433: (ENOTFOUND|EAI_AGAIN)/, advice: /DNS/ },
  },
  {
    what: 'a listener that says no',
    given: async () => {
      const listener = new HybridConnectionListener({
        connectionString: listen('unused'),
        acceptHandler: (incoming) => incoming.reject(403, 'Not today'),
      });
      running.push(() => listener.close({ graceMs: 0 }));
      await listener.listen();
      return { connectionString: send('unused'), probe: true };
    },
    ...{ step: 'probe', message: /a listener is there and said no: 403 Not today/, advice: /its log/ },
  },
];

describe('a diagnosis of', () => {
  it.each(BROKEN)(
    '$what names it, and says what to do',
    async ({ given, step, outcome, message, advice }) => {
      const options = await given();
      const steps = await walk(options);
      const named = steps.find(({ name }) => name === step);
      expect(named, JSON.stringify(steps, null, 1)).toMatchObject({ outcome: outcome ?? 'failed' });
      expect(named?.message).toMatch(message);
      expect(named?.advice).toMatch(advice);
      const key = /SharedAccessKey=([^;]{8,})/.exec(options.connectionString ?? '')?.[1] ?? 's3cret';
      const said = JSON.stringify(steps);
      for (const secret of [key, 's3cret', 'wr0ng', 'sig=']) expect(said).not.toContain(secret);
    },
  );
});

describe("a sender's own diagnosis of", () => {
  const ofSenders = BROKEN.filter(({ others }) => others === undefined);

  it.each(ofSenders)(
    '$what names it, and says what to do',
    async ({ given, step, outcome, message, advice }) => {
      const { probeTimeoutMs, timeoutMs = 2_000, proxy = false, ...options } = await given();
      const steps: Step[] = [];
      const settings = { ...options, proxy, timeoutMs, connectTimeoutMs: probeTimeoutMs, rounds: 1 };
      for await (const each of ask({ probe: false, ...settings })) steps.push(each);
      const named = steps.find(({ name }) => name === step);
      expect(named, JSON.stringify(steps, null, 1)).toMatchObject({ outcome: outcome ?? 'failed' });
      expect(named?.message).toMatch(message);
      expect(named?.advice).toMatch(advice);
    },
  );
});

describe('a diagnosis of a set-up that works', () => {
  const namesOf = (steps: Step[], outcome: Step['outcome']) =>
    steps.filter((step) => step.outcome === outcome).map(({ name }) => name);

  it('goes all the way to the target for a sender, and hears what it says', async () => {
    const steps = await walk({ connectionString: send(), probe: true });
    expect(outcomeOf(steps)).toBe('ok');
    expect(namesOf(steps, 'skipped')).toEqual(['proxy-connect', 'tls']);
    expect(steps.at(-1)).toMatchObject({ name: 'probe', detail: { bytesHeard: 7 } });
  });

  it('registers for a listener, and leaves the place again', async () => {
    const steps = await walk({ connectionString: listen('unused'), right: 'listen', register: true });
    expect(outcomeOf(steps)).toBe('ok');
    expect(steps.at(-1)).toMatchObject({ name: 'register', outcome: 'ok' });
    const after = await walk({ connectionString: listen('unused'), right: 'listen' });
    expect(after.find(({ name }) => name === 'listeners')?.detail).toEqual({ listeners: 0 });
    expect(after.at(-1)).toMatchObject({ name: 'register', outcome: 'skipped' });
  });

  it('shows the certificates, through a proxy that the environment names', async () => {
    const proxy = await proxied({ credentials: 'jane:s3cret' });
    const steps = await walk({ ...overTls(), ...trusting(), env: { https_proxy: proxy.url } });
    expect(steps.find(({ name }) => name === 'proxy')?.message).toBe(
      `127.0.0.1:${proxy.port}, by https_proxy`,
    );
    expect(namesOf(steps, 'ok')).toEqual(
      expect.arrayContaining(['proxy-connect', 'tls', 'http', 'key', 'right'] as const),
    );
    const { chain } = steps.find(({ name }) => name === 'tls')!.detail as { chain: { subject: string }[] };
    expect(chain.map(({ subject }) => subject)).toEqual(['CN=relay.test', 'CN=Tests authority']);
    expect(proxy.asked.every((asked) => asked.startsWith('relay.test:'))).toBe(true);
    expect(JSON.stringify(steps)).not.toContain('s3cret');
  });

  it('says that NO_PROXY leaves the relay out', async () => {
    const steps = await walk({ ...overTls(), env: { ALL_PROXY: 'http://127.0.0.1:1', NO_PROXY: '.test' } });
    expect(steps[1]).toMatchObject({ detail: { proxy: null, from: 'NO_PROXY' } });
  });

  it('asks no listener anything without a probe', async () => {
    const asked: string[] = [];
    const listener = new HybridConnectionListener({ connectionString: listen('unused') });
    running.push(() => listener.close({ graceMs: 0 }));
    listener.on('connection', () => asked.push('connection'));
    listener.on('request', (_, answer) => {
      asked.push('request');
      answer.end();
    });
    await listener.listen();
    expect(outcomeOf(await walk({ connectionString: send('unused') }))).toBe('ok');
    expect(asked).toEqual([]);
  });
});

describe('a diagnosis', () => {
  it('skips what is behind a step that failed, and names that step', async () => {
    const steps = await walk({ connectionString: at(await freePort()) });
    const failed = steps.findIndex(({ outcome }) => outcome === 'failed');
    const rest = steps.slice(failed + 1);
    expect(rest).not.toEqual([]);
    expect(rest.every(({ outcome, message }) => outcome === 'skipped' && /tcp failed/.test(message))).toBe(
      true,
    );
    expect(JSON.parse(JSON.stringify(steps))).toEqual(steps);
  });

  it('throws the reason when it is given up, and leaves no connection', async () => {
    const sockets: net.Socket[] = [];
    const port = await server((socket) => sockets.push(socket));
    const giveUp = new AbortController();
    const walking = walk({ connectionString: at(port), signal: giveUp.signal, timeoutMs: 60_000 });
    await expect.poll(() => sockets.length).toBeGreaterThan(1);
    giveUp.abort(new Error('enough'));
    await expect(walking).rejects.toThrow('enough');
    await expect.poll(() => sockets.every((socket) => socket.closed || socket.readableEnded)).toBe(true);
  });

  it('lets go of its connection when nobody wants the next step', async () => {
    const sockets: net.Socket[] = [];
    const port = await server((socket) => sockets.push(socket));
    for await (const { name } of diagnose({ connectionString: at(port), right: 'send' })) {
      if (name === 'tcp') break;
    }
    await expect.poll(() => sockets.length).toBe(1);
    await expect.poll(() => sockets[0]?.closed || sockets[0]?.readableEnded).toBe(true);
  });
});
