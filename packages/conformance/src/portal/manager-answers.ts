/**
 * What a manager in use would answer: a plant with hybrid connections in every state there is, for pictures and for checks of
 * every screen.
 *
 * The same each time but for the times, which are counted from now.
 * @module
 */
import { type Answers, Events } from './pretend-server.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 1_440 * MINUTE;
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

const NAMESPACE = 'contoso.example';
const RELAY = 'wss://contoso.example/';

/** The hybrid connections by name, target and state. */
const CONNECTIONS: readonly (readonly [name: string, target: string | undefined, state: object])[] = [
  ['orders-db', 'db01.corp.example:1433', { name: 'online', since: ago(9 * DAY) }],
  ['invoices', 'sap-prod:3300', { name: 'online', since: ago(40 * MINUTE) }],
  [
    'warehouse-api',
    'wms.plant2.example:8443',
    {
      name: 'waiting',
      since: ago(14 * SECOND),
      retryAt: ago(-26 * SECOND),
      because: {
        code: 'ECONNREFUSED',
        message: 'contoso.example:443 refused the connection.',
        advice: 'The relay is not running, or a firewall sends everything back. Try it with hybridge test.',
      },
    },
  ],
  [
    'badge-readers',
    '10.20.4.11:4370',
    {
      name: 'refused',
      since: ago(3 * MINUTE),
      retryAt: ago(-2 * MINUTE),
      because: {
        code: 'ERR_RELAY_UNAUTHORIZED',
        message: 'The relay does not take the key defaultListener.',
        advice: 'It was regenerated. Copy the gateway connection string anew from the portal.',
      },
    },
  ],
  [
    'legacy-mail',
    'mail.corp.example:25',
    {
      name: 'discontinued',
      since: ago(2 * DAY),
      retryAt: ago(-9 * MINUTE),
      statement:
        'The namespace old.example has been retired. Its hybrid connections no longer work, and will not again.',
      because: {
        code: 'ENOTFOUND',
        message: 'old.example has no address.',
        advice: 'Move to the new namespace.',
      },
    },
  ],
  [
    'ssh-jump',
    'jump.corp.example:22',
    {
      name: 'blocked',
      since: ago(5 * DAY),
      rule: 'deny: "*:22"',
      because: {
        code: 'EACCES',
        message: 'jump.corp.example:22 may not be reached',
        advice: 'Ask the administrator of this machine.',
      },
    },
  ],
  ['print-server', undefined, { name: 'connecting', since: ago(1 * SECOND), attempt: 1 }],
];

/** All answers. */
export function plantAnswers(): Answers {
  return {
    '/api/status': plantStatus(),
    '/api/audit': { value: auditRecords(), next: 'older' },
    '/api/login': { value: [] },
    'POST /api/login': plantLogin(),
    '/api/login/login-1': plantLogin(),
    'DELETE /api/login/login-1': null,
    [`POST /api/connections/${encodeURIComponent(idOf('orders-db'))}/test`]: new Events(testEvents()),
    [`POST /api/connections/${encodeURIComponent(idOf('orders-db'))}/restart`]: plantConnection(0),
    'POST /api/test': new Events(testEvents().slice(-3)),
  };
}

/** The events with which a stream opens. */
export function plantEvents(
  status: object = plantStatus(),
): readonly { readonly event: string; readonly data: unknown }[] {
  return [{ event: 'status', data: status }, ...logEntries().map((data) => ({ event: 'log', data }))];
}

/** Id of a hybrid connection. */
export function idOf(name: string): string {
  return `${NAMESPACE}/${name}`;
}

/** The whole status. @param changes - members that are otherwise */
export function plantStatus(changes: object = {}): object {
  return {
    version: '1.0.0',
    pid: 4_711,
    startedAt: ago(9 * DAY + 5 * MINUTE),
    host: 'gateway-plant2',
    configFile: { path: '/etc/hybridge/manager.yaml', isWritable: true },
    policy: { path: '/etc/hybridge/policy.json', ui: true, updates: true },
    warnings: [],
    connections: CONNECTIONS.map((_, index) => plantConnection(index)),
    ...changes,
  };
}

/** A hybrid connection. @param changes - members that are otherwise */
export function plantConnection(index: number, changes: object = {}): object {
  const [name, target, state] = CONNECTIONS[index]!;
  const isBusy = index === 0;
  return {
    id: idOf(name),
    name,
    namespace: NAMESPACE,
    serviceEndpoint: RELAY,
    hybridConnection: name,
    ...(target === undefined ? {} : { target }),
    isConfiguredEndpoint: index === 1,
    state,
    ...(target === undefined
      ? {}
      : {
          relay: {
            at: ago(20 * SECOND),
            createdAt: ago(90 * DAY),
            updatedAt: ago(30 * DAY),
            listeners: isBusy ? 2 : 1,
          },
        }),
    counters: {
      connections: isBusy ? 48_211 : 12,
      open: isBusy ? 14 : 0,
      targetFailures: index === 1 ? 3 : 0,
      tunnelFailures: isBusy ? 2 : 0,
      bytesToTarget: 1_900_000,
      bytesFromTarget: 73_000_000,
    },
    traffic: {
      toTargetPerSecond: isBusy ? 12_400 : 0,
      fromTargetPerSecond: isBusy ? 331_000 : 0,
      minutes: isBusy ? minutes() : [],
    },
    ...(index === 1
      ? {
          targetFailure: {
            at: ago(2 * MINUTE),
            code: 'ECONNREFUSED',
            message: 'sap-prod:3300 refused the connection.',
            advice: 'Is the service running, and does it listen on that port?',
          },
        }
      : {}),
    ...changes,
  };
}

function minutes(): readonly object[] {
  const now = Math.floor(Date.now() / MINUTE) * MINUTE;
  return Array.from({ length: 55 }, (_, index) => {
    const wave = 1 + Math.sin(index / 6) * 0.6 + Math.sin(index * 1.7) * 0.2;
    return {
      startsAt: new Date(now - (54 - index) * MINUTE).toISOString(),
      connections: Math.round(60 * wave),
      bytesToTarget: Math.round(800_000 * wave),
      bytesFromTarget: Math.round(17_000_000 * wave),
    };
  });
}

function logEntries(): readonly object[] {
  const lines = [
    ['info', 'The manager started', undefined, { version: '1.0.0' }],
    ['info', 'Connected', 'orders-db', { relay: RELAY }],
    ['info', 'Connected', 'invoices', { relay: RELAY }],
    [
      'warn',
      'The endpoint took no connection',
      'invoices',
      { code: 'ECONNREFUSED', target: 'sap-prod:3300' },
    ],
    ['error', 'The relay refused', 'badge-readers', { code: 'ERR_RELAY_UNAUTHORIZED' }],
    ['warn', 'Not connected', 'warehouse-api', { code: 'ECONNREFUSED', retryInMs: 40_000 }],
  ] as const;
  return lines.map(([level, message, name, facts], index) => ({
    number: index + 1,
    at: ago((lines.length - index) * MINUTE),
    level,
    message,
    ...(name === undefined ? {} : { connection: idOf(name) }),
    facts,
  }));
}

function auditRecords(): readonly object[] {
  const connection = idOf('orders-db');
  const way = {
    id: '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa',
    sender: '203.0.113.7:51812',
    target: 'db01.corp.example:1433',
  };
  const end = { durationMs: 65_310, bytesToTarget: 18_400, bytesFromTarget: 912_200, reason: 'finished' };
  return [
    {
      at: ago(20 * SECOND),
      operation: 'tunnel-opened',
      connection,
      ...way,
      address: '10.20.0.5',
      localPort: 40_113,
    },
    {
      at: ago(2 * MINUTE),
      operation: 'tunnel-ended',
      connection,
      ...way,
      address: '10.20.0.5',
      localPort: 40_112,
      ...end,
    },
    {
      at: ago(4 * MINUTE),
      operation: 'target-failed',
      connection: idOf('invoices'),
      ...way,
      target: 'sap-prod:3300',
      code: 'ECONNREFUSED',
      message: 'sap-prod:3300 refused the connection',
    },
    {
      at: ago(9 * MINUTE),
      operation: 'policy-violation',
      connection: idOf('ssh-jump'),
      during: 'registration',
      rule: 'deny: "*:22"',
      message: 'jump.corp.example:22 may not be reached',
    },
    { at: ago(30 * MINUTE), operation: 'registered', connection, name: 'orders-db' },
    { at: ago(31 * MINUTE), operation: 'administered', action: 'add connection', by: 'browser', status: 201 },
    { at: ago(32 * MINUTE), operation: 'manager-started', version: '1.0.0', pid: 4_711, connections: 7 },
  ];
}

/** What a relay has, for whoever signed in. */
export function plantLogin(): object {
  const one = (name: string, changes: object = {}) => ({
    name,
    endpoint: `${name}.corp.example:443`,
    requiresClientAuthorization: true,
    listeners: 0,
    isConfigured: false,
    ...changes,
  });
  return {
    id: 'login-1',
    url: 'https://relay.example:8081',
    expiresAt: ago(-60 * MINUTE),
    namespaces: [
      {
        name: NAMESPACE,
        hybridConnections: [
          one('orders-db', { isConfigured: true, listeners: 2 }),
          one('payroll'),
          one('hr-portal', { listeners: 1 }),
          one('no-endpoint', {
            endpoint: undefined,
            reason: 'It names no endpoint. Set one in the portal of the relay.',
          }),
        ],
      },
      { name: 'fabrikam.example', hybridConnections: [one('site/printer')] },
    ],
  };
}

function testEvents(): readonly { readonly event: string; readonly data: unknown }[] {
  const step = (name: string, outcome: string, durationMs: number, message: string, more: object = {}) => ({
    event: 'step',
    data: { name, outcome, durationMs, message, detail: {}, ...more },
  });
  return [
    step('dns', 'ok', 2.4, 'contoso.example is 203.0.113.7', { detail: { addresses: ['203.0.113.7'] } }),
    step('tcp', 'ok', 18.2, '203.0.113.7:443 takes connections'),
    step('tls', 'ok', 31, 'the certificate is one to trust', {
      detail: { issuer: 'Example CA', validTo: '2027-01-01' },
    }),
    step('clock', 'warning', 0.1, 'the clocks differ by 42 s', {
      advice: 'Set this clock by NTP: from 5 min on tokens are refused.',
    }),
    step('key', 'ok', 22, 'the relay takes the key'),
    step('target-dns', 'ok', 1.1, 'db01.corp.example is 10.20.0.5'),
    step('target-tcp', 'failed', 3_004, '10.20.0.5:1433 does not answer', {
      advice: 'Look for a firewall between this machine and 10.20.0.5.',
    }),
    { event: 'done', data: { outcome: 'failed' } },
  ];
}
