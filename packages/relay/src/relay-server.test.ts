import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConnectionString } from '@hybridge/sas';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  connectUrl,
  dial,
  handshakeText,
  Listener,
  listenUrl,
  open,
  RawPeer,
  refused,
  roundTrip,
  tokenFor,
} from '../test/clients.js';
import { loadRelayConfig } from './config/load-relay-config.js';
import type { RelayEvents } from './events.js';
import { MemoryBackplane } from './listeners/backplane.js';
import type { Logger } from './logger.js';
import { RelayServer } from './relay-server.js';
import { startRelay } from './start-relay.js';

const ID = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';

let relay: RelayServer;
afterEach(() => relay.close({ graceMs: 0 }));

const inFirst = () => relay.status().namespaces[0]!.hybridConnections[0]!;

describe('a sender', () => {
  it('is told that it is in only when a listener has come', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    const peer = await RawPeer.connect(relay, handshakeText(connectUrl(relay, 'sql')));
    const accept = await listener.nextAccept();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(peer.received).toBe('');
    expect(relay.status().namespaces[0]).toMatchObject({ pending: 1, connections: 0 });
    await listener.echo(accept);
    expect(await peer.statusLine()).toBe('HTTP/1.1 101 Switching Protocols');
    expect(peer.received.split('\r\n').slice(1).sort()).toEqual([
      '',
      '',
      'Connection: Upgrade',
      // RFC 6455's sum for the key of the test client.
      'Sec-WebSocket-Accept: Tx7wMuMhSTSF8SYt3josNy+eaXs=',
      'Upgrade: websocket',
    ]);
    expect(relay.status().namespaces[0]).toMatchObject({ pending: 0, connections: 1 });
    peer.socket.destroy();
  });

  it('may leave the action out', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    await Listener.start(relay, 'sql');
    await roundTrip(
      await open(`${relay.url}/$hc/sql?sb-hc-token=${encodeURIComponent(tokenFor(relay, 'sql'))}`),
    );
  });

  it('reaches the listener with its address, its headers and without its credentials', async () => {
    relay = await startRelay({ hybridConnections: ['sales/sql'] });
    const listener = await Listener.start(relay, 'sales/sql');
    const token = tokenFor(relay, 'sales/sql');
    const url = `${relay.url}/$hc/Sales%2FSQL/tenants/7?color=red&sb-hc-action=connect&sb-hc-id=${ID}_G3&x=a%20b`;
    const headers = {
      ServiceBusAuthorization: token,
      Authorization: 'Bearer mine',
      'X-App': '1',
      Cookie: 'a=b',
    };
    const sender = await open(url, { headers });
    await roundTrip(sender);
    const [accept] = listener.accepts;
    expect(accept).toMatchObject({
      id: `${ID}_G3`,
      connectHeaders: {
        Host: new URL(relay.url).host,
        'X-App': '1',
        Cookie: 'a=b',
        // The relay did not need it, so it is the application's.
        Authorization: 'Bearer mine',
        'Sec-WebSocket-Key': expect.any(String),
      },
      remoteEndpoint: { address: '127.0.0.1', port: expect.any(Number) },
    });
    expect(accept!.address).toMatch(
      new RegExp(
        `^${relay.url}/\\$hc/Sales%2FSQL/tenants/7\\?color=red&x=a%20b&sb-hc-action=accept&sb-hc-id=${ID}_G3&sb-hc-rv=[\\w-]{22,}$`,
      ),
    );
    expect(JSON.stringify(accept)).not.toContain('SharedAccessSignature');
  });

  it('is authorized by Authorization if need be, which then goes no further', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql');
    await open(`${relay.url}/$hc/sql`, { headers: { Authorization: tokenFor(relay, 'sql') } });
    expect(Object.keys(listener.accepts[0]!.connectHeaders)).not.toContain('Authorization');
  });

  it('keeps its Authorization where no token is asked for', async () => {
    relay = await startRelay({ hybridConnections: [{ name: 'web', requiresClientAuthorization: false }] });
    const listener = await Listener.start(relay, 'web');
    const headers = { Authorization: 'Basic eA==', ServiceBusAuthorization: 'x' };
    await open(`${relay.url}/$hc/web`, { headers });
    expect(listener.accepts[0]!.connectHeaders).toMatchObject({ Authorization: 'Basic eA==' });
    expect(listener.accepts[0]!.connectHeaders).not.toHaveProperty('ServiceBusAuthorization');
  });

  it('without a GUID for an id gets one for the listener', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const connecting: RelayEvents['sender-connecting'][0][] = [];
    relay.events.on('sender-connecting', (event) => connecting.push(event));
    const listener = await Listener.start(relay, 'sql');
    await open(connectUrl(relay, 'sql', { id: 'my-id' }));
    await open(connectUrl(relay, 'sql'));
    const [first, second] = listener.accepts;
    expect(first!.id).toMatch(/^[0-9a-f]{8}-/);
    expect(connecting).toMatchObject([
      { trackingId: 'my-id', rendezvousId: first!.id, operationName: 'NewSenderRegistering' },
      { trackingId: second!.id, rendezvousId: second!.id },
    ]);
  });

  it('that goes away is waited for no more, and its listener is told so', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      const peer = await RawPeer.connect(relay, handshakeText(connectUrl(relay, 'sql')));
      const accept = await listener.nextAccept();
      peer.socket[leave]();
      await expect.poll(() => relay.status().namespaces[0]?.pending).toBe(0);
      expect(await refused(accept.address)).toMatchObject({ status: 403 });
    }
  });

  it('that speaks before it is answered loses nothing, and fills no memory', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    const peer = await RawPeer.connect(relay);
    // Frames of 64,000 zeros, masked with zeros; the first comes in one segment with the request.
    const frame = Buffer.concat([Buffer.from('82fefa0000000000', 'hex'), Buffer.alloc(64_000)]);
    const count = 512;
    peer.socket.write(Buffer.concat([Buffer.from(handshakeText(connectUrl(relay, 'sql'))), frame]));
    for (let i = 1; i < count; i += 1) peer.socket.write(frame);
    const accept = await listener.nextAccept();
    await new Promise((resolve) => setTimeout(resolve, 200));
    // The relay has stopped reading: what is not in the kernel's buffers is still with the sender.
    expect(peer.socket.writableLength).toBeGreaterThan(16 * 1024 * 1024);
    const tunnel = new WebSocket(accept.address);
    let received = 0;
    let messages = 0;
    await new Promise<void>((resolve) => {
      tunnel.on('message', (data: Buffer) => {
        received += data.length;
        messages += 1;
        if (messages === count) resolve();
      });
    });
    expect(received).toBe(count * 64_000);
    peer.socket.destroy();
  });

  it('hears a listener that speaks in the same segment as its handshake', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    const sender = new WebSocket(connectUrl(relay, 'sql'));
    const message = once(sender, 'message');
    const accept = await listener.nextAccept();
    const hello = Buffer.concat([Buffer.from('828500000000', 'hex'), Buffer.from('hello')]);
    const peer = await RawPeer.connect(
      relay,
      Buffer.concat([Buffer.from(handshakeText(accept.address)), hello]),
    );
    const [data] = await message;
    expect(String(data)).toBe('hello');
    peer.socket.destroy();
  });
});

describe('a listener', () => {
  it('can use an address once', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql');
    await open(connectUrl(relay, 'sql'));
    expect(await refused(listener.accepts[0]!.address)).toMatchObject({ status: 403 });
  });

  it.each([
    [400, 'Rejected by user code', 400],
    [502, 'ECONNREFUSED: the target refused the connection', 502],
    [418, 'a b+c%d\r\nX-Bad: 1', 418],
    [200, '', 400],
  ])('can reject with %d %j', async (status, description, expected) => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const events: RelayEvents['refused'][0][] = [];
    relay.events.on('refused', (event) => events.push(event));
    let rejection: ReturnType<typeof refused> | undefined;
    await Listener.start(relay, 'sql', {
      onAccept: ({ address }) => {
        const text = encodeURIComponent(description).replaceAll('%20', '+');
        rejection = refused(`${address}&sb-hc-statusCode=${status}&sb-hc-statusDescription=${text}`);
      },
    });
    const answer = await refused(connectUrl(relay, 'sql'));
    expect(answer.status).toBe(expected);
    // A listener's words come alone, made fit for a status line.
    expect(answer.reason).toBe(description.replace('\r\n', ' ') || 'Rejected by user code');
    expect(answer.headers).not.toHaveProperty('x-bad');
    expect(await rejection).toMatchObject({ status: 410 });
    expect(events).toMatchObject([{ code: 'ListenerRejected', operationName: 'ListenerRejectedConnection' }]);
  });

  it.each([
    ['chooses the first of two', ['a', 'b'], ['a'], 'a'],
    ['chooses the second of two', ['a', 'b'], ['b'], 'b'],
    ['is asked for none', [], ['a'], ''],
  ])('that %s subprotocols gets its own, and the sender no other', async (_, offered, chosen, agreed) => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql', {
      onAccept: (accept, self) => void self.echo(accept, chosen),
    });
    const sender = await open(connectUrl(relay, 'sql'), { protocols: offered });
    expect(sender.protocol).toBe(agreed);
    await roundTrip(sender);
    expect(listener.tunnels[0]!.protocol).toBe(chosen[0]);
    if (offered.length > 0) {
      expect(listener.accepts[0]!.connectHeaders['Sec-WebSocket-Protocol']?.split(/, ?/)).toEqual(offered);
    }
  });

  it('that chooses no subprotocol gets none', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql');
    const headers = { 'Sec-WebSocket-Protocol': 'a' };
    const peer = await RawPeer.connect(relay, handshakeText(connectUrl(relay, 'sql'), headers));
    expect(await peer.statusLine()).toContain(' 101 ');
    expect(peer.received).not.toContain('Protocol:');
    expect(listener.tunnels[0]!.protocol).toBe('');
    peer.socket.destroy();
  });

  it('that offers an extension gets none, on either leg', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql', { onAccept: () => undefined });
    const sender = open(connectUrl(relay, 'sql'), { perMessageDeflate: true });
    const tunnel = await open((await listener.nextAccept()).address, { perMessageDeflate: true });
    expect([tunnel.extensions, (await sender).extensions]).toEqual(['', '']);
  });

  it('is one of several, at random', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listeners = await Promise.all([1, 2, 3].map(() => Listener.start(relay, 'sql')));
    for (let i = 0; i < 30; i += 1) (await open(connectUrl(relay, 'sql'))).terminate();
    // A given one stays idle with a chance of (2/3)^30, one in two hundred thousand.
    for (const { accepts } of listeners) expect(accepts.length).toBeGreaterThan(0);
  });

  it('is replaced by the next when it goes away with an offer in hand', async () => {
    // Asks the one that was announced last.
    relay = await startRelay({ hybridConnections: ['sql'], backplane: new MemoryBackplane(() => 0.999) });
    const steady = await Listener.start(relay, 'sql');
    const fleeting = await Listener.start(relay, 'sql', { onAccept: (_, self) => self.control.terminate() });
    await roundTrip(await open(connectUrl(relay, 'sql')));
    expect([fleeting.accepts.length, steady.accepts.length]).toEqual([1, 1]);
    expect(steady.accepts[0]!.id).toBe(fleeting.accepts[0]!.id);
  });
});

describe('the address of a rendezvous', () => {
  it('begins with the host that the listener used', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const { port } = new URL(relay.url);
    const token = tokenFor(relay, 'sql', { resource: 'http://localhost/sql' });
    const control = await open(listenUrl(relay, 'sql', { token }).replace('127.0.0.1', 'localhost'));
    const message = once(control, 'message');
    void dial(connectUrl(relay, 'sql')).catch(() => undefined);
    const [text] = await message;
    expect(JSON.parse(String(text)).accept.address).toMatch(`ws://localhost:${port}/$hc/sql?`);
  });

  it('begins with the public address, where there is one', async () => {
    relay = await startRelay({ hybridConnections: ['sql'], publicUrl: 'wss://relay.example.net:8443/' });
    expect(relay.connectionString('sql')).toContain('Endpoint=sb://relay.example.net:8443/;');
    const url = new URL(relay.url);
    const token = tokenFor(relay, 'sql', { resource: 'http://RELAY.example.net/sql' });
    const control = await open(`${url}$hc/sql?sb-hc-action=listen&sb-hc-token=${encodeURIComponent(token)}`);
    const message = once(control, 'message');
    void dial(`${url}$hc/sql?sb-hc-token=${encodeURIComponent(token)}`).catch(() => undefined);
    const [text] = await message;
    expect(JSON.parse(String(text)).accept.address).toMatch(/^wss:\/\/relay\.example\.net:8443\/\$hc\/sql\?/);
  });
});

describe('the events of a relay', () => {
  it('tell the story of a connection, under one id', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const story: { name: string; event: RelayEvents[keyof RelayEvents][0] }[] = [];
    for (const name of ['sender-connecting', 'tunnel-opened', 'tunnel-closed'] as const) {
      relay.events.on(name, (event: RelayEvents[keyof RelayEvents][0]) => story.push({ name, event }));
    }
    await Listener.start(relay, 'sql');
    const closed = once(relay.events, 'tunnel-closed');
    const sender = await open(connectUrl(relay, 'sql', { id: ID }));
    await roundTrip(sender, 'twelve bytes');
    sender.close();
    await closed;
    const common = {
      namespace: 'localhost',
      hybridConnection: 'sql',
      trackingId: ID,
      time: expect.any(Date),
    };
    expect(story).toMatchObject([
      { name: 'sender-connecting', event: { ...common, policy: 'RootManageSharedAccessKey' } },
      { name: 'tunnel-opened', event: { ...common, operationName: 'SenderListenerConnectionEstablished' } },
      {
        name: 'tunnel-closed',
        event: {
          ...common,
          operationName: 'SenderConnectionClosed',
          bytesFromSender: 12,
          bytesFromListener: 12,
          reason: 'finished',
          durationMs: expect.any(Number),
        },
      },
    ]);
  });

  it('go to the logger too, which never sees a secret', async () => {
    const lines: string[] = [];
    const write =
      (level: string) =>
      (message: string, fields?: object): void => {
        lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
      };
    const logger: Logger = {
      debug: write('debug'),
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
    };
    relay = await startRelay({ hybridConnections: ['sql'], admin: {}, logger });
    const { sharedAccessKey } = parseConnectionString(relay.connectionString('sql'));
    const listener = await Listener.start(relay, 'sql');
    const sender = await open(connectUrl(relay, 'sql'));
    await roundTrip(sender);
    await refused(connectUrl(relay, 'sql', { token: tokenFor(relay, 'sql', { key: 'wrong' }) }));
    await relay.close();
    const log = lines.join('\n');
    for (const word of ['A listener is connected', 'joined', 'refused', 'closed'])
      expect(log).toContain(word);
    expect(log).not.toContain(sharedAccessKey);
    expect(log).not.toContain('sig=');
    expect(log).not.toContain(new URL(listener.accepts[0]!.address).searchParams.get('sb-hc-rv'));
  });
});

describe('a relay that closes', () => {
  it('sends listeners elsewhere, refuses those who wait, and lets the joined ones finish', async () => {
    relay = await startRelay({ hybridConnections: ['sql', 'lazy'] });
    const listener = await Listener.start(relay, 'sql');
    const lazy = await Listener.start(relay, 'lazy', { onAccept: () => undefined });
    const sender = await open(connectUrl(relay, 'sql'));
    const waiting = refused(connectUrl(relay, 'lazy'));
    await lazy.nextAccept();

    const late = connectUrl(relay, 'sql');
    let closed = false;
    const done = relay.close({ graceMs: 5_000 }).then(() => {
      closed = true;
    });
    expect(await listener.closed).toMatchObject({
      code: 1001,
      reason: expect.stringMatching(/^The relay is shutting down\. TrackingId:/),
    });
    expect(await waiting).toMatchObject({ status: 503, reason: expect.stringContaining('shutting down') });
    await expect(dial(late)).rejects.toThrow('ECONNREFUSED');
    await roundTrip(sender);
    expect(closed).toBe(false);
    sender.close();
    await done;
  });

  it('cuts those that do not finish in time, since a Close frame would pass for their end', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql');
    const sender = await open(connectUrl(relay, 'sql'));
    await roundTrip(sender);
    const ends = Promise.all([once(sender, 'close'), once(listener.tunnels[0]!, 'close')]);
    await relay.close({ graceMs: 20 });
    for (const [code] of await ends) expect(code).toBe(1006);
  });

  it('cuts what is left when it is told to hurry', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    const listener = await Listener.start(relay, 'sql');
    const sender = await open(connectUrl(relay, 'sql'));
    await roundTrip(sender);
    const ends = Promise.all([once(sender, 'close'), once(listener.tunnels[0]!, 'close')]);
    const done = relay.close({ graceMs: 60_000 });
    await relay.close({ graceMs: 0 });
    await done;
    for (const [code] of await ends) expect(code).toBe(1006);
  });

  it('is closed once, and cannot be started again', async () => {
    relay = await startRelay();
    await Promise.all([relay.close(), relay.close()]);
    await expect(relay.listen()).rejects.toThrow('once');
    expect(() => relay.url).toThrow('does not run');
  });

  it('does so at the end of a block', async () => {
    relay = new RelayServer();
    await relay.close();
    let url: string;
    {
      await using inner = await startRelay({ hybridConnections: ['sql'] });
      url = inner.url;
    }
    await expect(dial(url)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a hybrid connection', () => {
  it('can be added and used while the relay runs', async () => {
    relay = await startRelay();
    await relay.addHybridConnection({ name: 'New/One', endpoint: 'db:5432' });
    await Listener.start(relay, 'new/one', { token: tokenFor(relay, 'new/one') });
    await roundTrip(await open(connectUrl(relay, 'NEW/ONE', { token: tokenFor(relay, 'new/one') })));
    expect(inFirst()).toMatchObject({ name: 'New/One', endpoint: 'db:5432' });
    await expect(relay.addHybridConnection('new/one')).rejects.toThrow('already');
    await expect(relay.addHybridConnection('/bad')).rejects.toMatchObject({ code: 'ERR_RELAY_CONFIG' });
  });

  it('that is removed closes its listeners and connections with 1001, and refuses who waits', async () => {
    relay = await startRelay({ hybridConnections: ['sql', 'other'] });
    const other = await Listener.start(relay, 'other');
    const bystander = await open(connectUrl(relay, 'other'));
    let takes = true;
    const listener = await Listener.start(relay, 'sql', {
      onAccept: (accept, self) => {
        if (takes) void self.echo(accept);
      },
    });
    const joined = await open(connectUrl(relay, 'sql'));
    takes = false;
    const waiting = refused(connectUrl(relay, 'sql'));
    await listener.nextAccept();
    const ends = Promise.all([once(joined, 'close'), once(listener.tunnels[0]!, 'close')]);

    const late = connectUrl(relay, 'sql');
    await relay.removeHybridConnection('SQL');
    expect(await listener.closed).toMatchObject({
      code: 1001,
      reason: expect.stringMatching(/^The hybrid connection was deleted\. TrackingId:/),
    });
    for (const [code] of await ends) expect(code).toBe(1001);
    expect(await waiting).toMatchObject({
      status: 404,
      reason: expect.stringContaining('Endpoint does not exist'),
    });
    expect(await refused(late)).toMatchObject({ status: 404 });
    await expect(relay.removeHybridConnection('sql')).rejects.toThrow('no hybrid connection sql');

    await roundTrip(bystander);
    expect(other.control.readyState).toBe(WebSocket.OPEN);
  });
});

describe('several namespaces', () => {
  it('are told apart by host, and keep their keys apart', async () => {
    relay = await startRelay({
      namespaces: [
        { name: 'a.example', hosts: ['localhost'], hybridConnections: [{ name: 'sql' }] },
        { name: 'b.example', hybridConnections: [{ name: 'sql' }, { name: 'web' }] },
      ],
    });
    const { port } = new URL(relay.url);
    const inA = parseConnectionString(relay.connectionString('sql', { namespace: 'A.example' }));
    const inB = parseConnectionString(relay.connectionString('web'));
    expect(inA.endpoint.href).toBe(`ws://a.example:${port}/`);
    expect(inB.endpoint.href).toBe(`ws://b.example:${port}/`);
    expect(inA.sharedAccessKey).not.toBe(inB.sharedAccessKey);

    const token = tokenFor(relay, 'sql', { resource: 'http://a.example/sql' });
    const url = `ws://127.0.0.1:${port}/$hc/sql?sb-hc-action=listen&sb-hc-token=${encodeURIComponent(token)}`;
    const as = (host: string) => ({ headers: { Host: host } });
    await open(url, as('a.example'));
    await open(url, as('LOCALHOST:1234'));
    expect(await refused(url, as('b.example'))).toMatchObject({ status: 401 });
    expect(await refused(url, as('c.example'))).toMatchObject({
      status: 404,
      reason: expect.stringContaining('Endpoint does not exist'),
    });
  });
});

describe('a connection string of the relay', () => {
  it('is that of a policy which may do both, unless another is named', async () => {
    relay = await startRelay({ hybridConnections: ['Sql'] });
    const policyOf = (policy?: string) => {
      const { sharedAccessKeyName, entityPath, endpoint } = parseConnectionString(
        relay.connectionString('sql', policy),
      );
      return [sharedAccessKeyName, entityPath, endpoint.href];
    };
    expect(policyOf()).toEqual(['RootManageSharedAccessKey', 'Sql', `${relay.url}/`]);
    expect(policyOf('defaultSender')).toEqual(['defaultSender', 'Sql', `${relay.url}/`]);
    expect(() => policyOf('nobody')).toThrow('Sql has no policy nobody');
    expect(() => relay.connectionString('nothing')).toThrow('no hybrid connection nothing');
    expect(() => relay.connectionString('sql', { namespace: 'nowhere' })).toThrow('no namespace nowhere');
  });
});

describe('what was created while the relay ran', () => {
  it('survives a restart with its keys, in the data folder', async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'relay-restart-')), 'data');
    const config = loadRelayConfig(undefined, { workingDir: dataDir });
    const keyOf = async (create: boolean) => {
      relay = new RelayServer({ ...config, dataDir, listen: { port: 0 }, admin: { port: 0 } });
      await relay.listen();
      if (create) await relay.addHybridConnection('sql');
      const { adminToken } = relay;
      const { sharedAccessKey } = parseConnectionString(relay.connectionString('sql', 'defaultSender'));
      await relay.close();
      return { adminToken, sharedAccessKey };
    };
    const first = await keyOf(true);
    expect(await keyOf(false)).toEqual(first);
    rmSync(join(dataDir, '..'), { recursive: true });
  });
});

describe('a relay that cannot start', () => {
  it('says why, and leaves no port open', async () => {
    relay = await startRelay();
    const { port } = new URL(relay.url);
    const second = new RelayServer({ listen: { port: Number(port) } });
    await expect(second.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await second.close();
    const third = new RelayServer({ listen: { port: 0 }, admin: { port: Number(port) } });
    await expect(third.listen()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await third.close();
  });

  it('refuses options that it does not know', () => {
    expect(() => new RelayServer({ lisen: {} } as object)).toThrow('options: lisen is not a known setting');
  });
});
