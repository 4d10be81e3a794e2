import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rejectAddress } from '@hybridge/protocol';
import { auditFiles } from '@hybridge/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  connectUrl,
  dial,
  Listener,
  listenUrl,
  open,
  refused,
  roundTrip,
  tokenFor,
} from '../../test/clients.js';
import { ask, HttpListener, respond } from '../../test/http-clients.js';
import type { RelayServer } from '../relay-server.js';
import { startRelay } from '../start-relay.js';
import type { AuditOptions } from './audit-options.js';
import { type AuditRecord, OPERATION_PREFIX, OPERATIONS } from './audit-record.js';

const SHORT = { acceptMs: 300, nextListenerAfterMs: 100, responseMs: 200, tokenGraceMs: 0 };
let dataDir: string;
let relay: RelayServer;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'hybridge-audit-'));
});

afterEach(async () => {
  await relay.close({ graceMs: 0 });
  await rm(dataDir, { recursive: true, force: true });
});

async function start(audit: AuditOptions = { steps: true }): Promise<void> {
  relay = await startRelay({ hybridConnections: ['sql', 'web'], dataDir, audit, timeouts: SHORT });
}

/** All records, once there is one of each of these. */
async function recordsWith(...operations: readonly string[]): Promise<AuditRecord[]> {
  for (;;) {
    const files = await auditFiles(join(dataDir, 'audit'));
    const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')));
    const records = texts
      .join('')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as AuditRecord);
    const found = new Set(records.map(wordOf));
    if (operations.every((operation) => found.has(operation))) return records;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function wordOf({ operationName }: AuditRecord): string {
  return operationName.slice(OPERATION_PREFIX.length);
}

/** Opens a connection and closes it. */
async function visit(name: string, id?: string): Promise<void> {
  const sender = await open(connectUrl(relay, name, id === undefined ? {} : { id }));
  await roundTrip(sender, 'hello');
  sender.close();
  await once(sender, 'close');
}

const EVERYTHING: readonly (readonly [operation: string, provoke: () => Promise<unknown>])[] = [
  ['NewListenerRegistered', () => Listener.start(relay, 'sql')],
  ['ListenerUnregistered', async () => (await Listener.start(relay, 'sql')).control.close()],
  [
    'ListenerClosingFromExpiredToken',
    () => Listener.start(relay, 'sql', { token: tokenFor(relay, 'sql', { ttlSeconds: 1 }) }),
  ],
  ...[
    ...['NewSenderRegistering', 'MessageSendingToListener', 'MessageSentToListener'],
    ...['ListenerAcceptingConnection', 'SenderListenerConnectionEstablished', 'SenderConnectionClosed'],
  ].map((operation) => {
    const provoke = async () => {
      const listener = await Listener.start(relay, 'sql');
      await visit('sql');
      listener.tunnels[0]!.close();
    };
    return [operation, provoke] as const;
  }),
  [
    'ListenerAcceptingConnectionTimeout',
    async () => {
      await Listener.start(relay, 'sql', { onAccept: () => undefined });
      await refused(connectUrl(relay, 'sql'));
    },
  ],
  [
    'ListenerRejectedConnection',
    async () => {
      const onAccept = ({ address }: { address: string }) =>
        void dial(rejectAddress(address, 403, 'not you'));
      await Listener.start(relay, 'sql', { onAccept });
      await refused(connectUrl(relay, 'sql'));
    },
  ],
  ...['SenderSentHttpRequest', 'ListenerReturningHttpResponse', 'ListenerSentHttpResponse'].map(
    (operation) => {
      const provoke = async () => {
        await HttpListener.start(relay, 'web', (received) => respond(received, 'hello'));
        await ask(relay, 'web');
      };
      return [operation, provoke] as const;
    },
  ),
  [
    'ListenerReturningHttpResponseFailed',
    async () => {
      await HttpListener.start(relay, 'web', (received) => respond(received, 'no', { statusCode: 503 }));
      await ask(relay, 'web');
    },
  ],
  [
    'ListenerAcceptingHttpRequestFailed',
    async () => {
      await HttpListener.start(relay, 'web', ({ channel }) => channel.terminate());
      await ask(relay, 'web', { method: 'POST', body: Buffer.alloc(100_000) });
    },
  ],
  [
    'ListenerAcceptingRequestTimeout',
    async () => {
      await HttpListener.start(relay, 'web', () => undefined, { fetches: false });
      await ask(relay, 'web', { method: 'POST', body: Buffer.alloc(100_000) });
    },
  ],
  [
    'ListenerUnresponsive',
    async () => {
      await HttpListener.start(relay, 'web', () => undefined);
      await ask(relay, 'web');
    },
  ],
  [
    'AuthorizationFailed',
    () => refused(listenUrl(relay, 'sql', { token: tokenFor(relay, 'sql', { policy: 'defaultSender' }) })),
  ],
  [
    'InvalidSasToken',
    () => refused(connectUrl(relay, 'sql', { token: tokenFor(relay, 'sql', { key: 'wrong' }) })),
  ],
  ['ProcessingRequestFailed', () => refused(connectUrl(relay, 'nowhere', { token: tokenFor(relay, 'sql') }))],
];

describe('the audit log', () => {
  it('has a way to each documented operation', async () => {
    await start();
    expect(EVERYTHING.map(([operation]) => operation).sort()).toEqual([...OPERATIONS].sort());
  });

  it.each(EVERYTHING)('records %s', async (operation, provoke) => {
    await start();
    await provoke();
    const record = (await recordsWith(operation)).find((each) => wordOf(each) === operation)!;
    expect(record).toEqual({
      resourceId: expect.stringMatching(
        /^\/SUBSCRIPTIONS\/[\dA-F-]{36}\/RESOURCEGROUPS\/HYBRIDGE\/PROVIDERS\/MICROSOFT\.RELAY/,
      ),
      ActivityId: expect.stringMatching(/^[\w.:-]+$/),
      endpoint: expect.stringMatching(/^sb:\/\//),
      operationName: OPERATION_PREFIX + operation,
      EventTimeString: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/),
      message: expect.stringMatching(/^[A-Z].*\.$/),
      category: 'HybridConnectionsEvent',
      properties: expect.any(Object),
    });
  });

  it('says who reached what: by which policy and key, from where, for how long and how much', async () => {
    await start();
    const listener = await Listener.start(relay, 'sql', {
      token: tokenFor(relay, 'sql', { policy: 'defaultListener', slot: 'secondary' }),
    });
    const id = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';
    await visit('sql', id);
    listener.control.close();
    const records = await recordsWith('SenderConnectionClosed', 'ListenerUnregistered');
    const find = (operation: string) => records.find((record) => wordOf(record) === operation)!;
    const { listenerId } = find('NewListenerRegistered').properties;
    expect(find('NewListenerRegistered').properties).toMatchObject({
      ...{ namespace: 'localhost', hybridConnection: 'sql', policy: 'defaultListener', key: 'secondary' },
      remoteAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    expect(find('SenderConnectionClosed')).toMatchObject({
      ActivityId: id,
      endpoint: `sb://localhost/sql/${id}`,
      properties: {
        ...{ listenerId, policy: 'RootManageSharedAccessKey', key: 'primary' },
        ...{ bytesFromSender: 5, bytesFromListener: 5, reason: expect.any(String) },
        tunnelId: find('SenderListenerConnectionEstablished').properties.tunnelId,
        senderAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        listenerAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        durationMs: expect.any(Number),
      },
    });
    expect(find('ListenerUnregistered').properties).toMatchObject({ listenerId, policy: 'defaultListener' });
  });

  it('ties all records of one sender together', async () => {
    await start();
    await Listener.start(relay, 'sql');
    const id = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11ab';
    await visit('sql', id);
    const records = await recordsWith('SenderConnectionClosed');
    expect(records.filter(({ ActivityId }) => ActivityId === id).map(wordOf)).toEqual([
      'NewSenderRegistering',
      'MessageSendingToListener',
      'MessageSentToListener',
      'ListenerAcceptingConnection',
      'SenderListenerConnectionEstablished',
      'SenderConnectionClosed',
    ]);
  });

  it('records a listener that renews its token by one that is no good', async () => {
    await start();
    const listener = await Listener.start(relay, 'sql');
    const token = tokenFor(relay, 'sql', { key: 'wrong' });
    listener.control.send(JSON.stringify({ renewToken: { token } }));
    const records = await recordsWith('InvalidSasToken', 'ListenerUnregistered');
    expect(records.find((each) => wordOf(each) === 'InvalidSasToken')!.properties).toMatchObject({
      ...{ action: 'renewToken', status: 401, hybridConnection: 'sql' },
    });
  });

  it('records a listener that cannot reach its target, where another one is asked', async () => {
    await start();
    const cannot = ({ address }: { address: string }) =>
      void dial(rejectAddress(address, 502, 'ECONNREFUSED: the target refused the connection'));
    await Listener.start(relay, 'sql', { onAccept: cannot });
    await Listener.start(relay, 'sql', { onAccept: cannot });
    await refused(connectUrl(relay, 'sql'));
    // Each on its own, in a record that may be written after the other.
    const rejecting = new Set<unknown>();
    while (rejecting.size < 2) {
      const records = await recordsWith('ListenerRejectedConnection');
      const rejects = records.filter((each) => wordOf(each) === 'ListenerRejectedConnection');
      for (const { properties } of rejects)
        if ('listenerId' in properties) rejecting.add(properties.listenerId);
    }
  });

  it('has no key and no token in it', async () => {
    await start();
    await Listener.start(relay, 'sql');
    await visit('sql');
    await HttpListener.start(relay, 'web', (received) => respond(received, 'hello'));
    await ask(relay, 'web');
    const good = tokenFor(relay, 'sql');
    await refused(connectUrl(relay, 'sql', { token: `${good}x` }));
    const text = JSON.stringify(
      await recordsWith('SenderConnectionClosed', 'InvalidSasToken', 'ListenerSentHttpResponse'),
    );
    for (const policy of ['defaultListener', 'defaultSender', 'RootManageSharedAccessKey']) {
      for (const key of ['primary', 'secondary'] as const) {
        const secret = /SharedAccessKey=([^;]+)/.exec(relay.connectionString('sql', { policy, key }))![1]!;
        expect(text).not.toContain(secret);
      }
    }
    expect(text).not.toMatch(/SharedAccessSignature|sig=|sb-hc-token/);
  });

  it('leaves steps out, and requests where that is said', async () => {
    await start({ requests: false });
    await Listener.start(relay, 'sql');
    await visit('sql');
    await HttpListener.start(relay, 'web', (received) => respond(received, 'hello'));
    await ask(relay, 'web');
    await visit('sql');
    const records = await recordsWith('SenderConnectionClosed');
    const words = new Set(records.map(wordOf));
    expect([...words].filter((word) => /Http|Message|Accepting/.test(word))).toEqual([]);
  });

  it('is not written where that is said', async () => {
    await start({ enabled: false });
    await Listener.start(relay, 'sql');
    await visit('sql');
    await relay.close();
    expect(await auditFiles(join(dataDir, 'audit'))).toEqual([]);
  });
});
