/**
 * What a relay in use would answer: a shop with two sites, some of it down, for pictures and for checks of every screen.
 *
 * The same each time but for the times, which are counted back from now.
 * @module
 */
import type { Answers } from './pretend-server.js';

const GROUP = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/hybridge';
const NAMESPACE = `${GROUP}/providers/Microsoft.Relay/namespaces/contoso`;

const CONNECTIONS = [
  ['orders-db', 'db01.corp.local:1433', 2, 14, ['shop', 'reports']],
  ['warehouse-api', 'wms.plant2.local:8443', 1, 3, ['shop']],
  ['invoices', 'sap-prod:3300', 2, 6, ['billing']],
  ['legacy-mail', 'mail.corp.local:25', 0, 0, ['billing']],
  ['badge-readers', '10.20.4.11:4370', 1, 1, []],
  ['hr/payroll-db', 'payroll.corp.local:5432', 1, 2, ['billing']],
  ['print-server', 'print01:631', 0, 0, []],
  ['sensor-gateway', 'gw7.plant2.local:502', 1, 22, []],
] as const;

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

/** All answers. @param role - of whoever is signed in */
export function shopAnswers(role: 'reader' | 'operator' | 'owner' = 'owner'): Answers {
  const inventory = shopInventory();
  return {
    '/api/session': {
      token: { id: 'owner', name: 'admin.token', role },
      relay: {
        version: '1.0.0',
        url: 'wss://contoso.example',
        startedAt: ago(9 * DAY + 400 * MINUTE),
        uptimeMs: 0,
      },
      labels: { subscription: '00000000-0000-0000-0000-000000000000', resourceGroup: 'hybridge' },
      alarms: [],
    },
    '/api/inventory': inventory,
    '/api/listeners': { listeners: [listener(1, 'primary'), listener(2, 'secondary')] },
    '/api/tunnels': { total: 14, tunnels: Array.from({ length: 6 }, (_, index) => tunnel(index)) },
    '/api/closed': { closed: Array.from({ length: 4 }, (_, index) => closed(index)) },
    '/api/series': (url: URL) => series(Number(url.searchParams.get('minutes'))),
    '/api/key-use': keyUse(),
    '/api/metering': {
      since: ago(90 * DAY),
      hybridConnections: [
        {
          namespace: 'contoso',
          name: 'orders-db',
          listeners: 2,
          listenerHours: 2_861.4,
          bytes: 7_300_000_000_000,
        },
      ],
    },
    '/api/audit': { records: Array.from({ length: 12 }, (_, index) => record(index)), next: 'older' },
    '/api/tokens': {
      tokens: [
        { id: 't1', name: 'grafana', role: 'reader', createdAt: ago(30 * DAY) },
        {
          id: 't2',
          name: 'deploy pipeline',
          role: 'operator',
          createdAt: ago(12 * DAY),
          expiresAt: ago(-60 * DAY),
        },
      ],
    },
    [`${NAMESPACE}/authorizationRules`]: {
      value: [{ name: 'RootManageSharedAccessKey', properties: { rights: ['Manage', 'Send', 'Listen'] } }],
    },
    [`${NAMESPACE}/hybridConnections/orders-db/authorizationRules/defaultSender/listKeys`]:
      keys('defaultSender'),
    [`${NAMESPACE}/hybridConnections/orders-db/authorizationRules/defaultListener/listKeys`]:
      keys('defaultListener'),
  };
}

/** An overview as the stream has it. @param step - the number of the overview; bytes grow with it */
export function shopOverview(step: number, alarms: readonly object[] = []): object {
  const hybridConnections = CONNECTIONS.map(([name, , listenerCount, connections], index) => ({
    namespace: 'contoso',
    name,
    listenerCount,
    connections,
    bytesFromSenders: connections * step * 9_000 * (index + 1),
    bytesFromListeners: connections * step * 61_000 * (index + 1),
  }));
  const sum = (of: 'listenerCount' | 'connections' | 'bytesFromSenders' | 'bytesFromListeners') =>
    hybridConnections.reduce((total, each) => total + each[of], 0);
  return {
    time: new Date(Date.UTC(2026, 0, 1) + step * 2_000).toISOString(),
    totals: {
      listeners: sum('listenerCount'),
      connections: sum('connections'),
      requests: 4,
      bytesFromSenders: sum('bytesFromSenders'),
      bytesFromListeners: sum('bytesFromListeners'),
    },
    hybridConnections,
    alarms,
  };
}

/** An inventory of any size. */
export function manyHybridConnections(count: number): object {
  const hybridConnections = Array.from({ length: count }, (_, index) => ({
    ...hybridConnection(
      `site-${index + 1}`,
      `host-${index + 1}.corp.local:1433`,
      index % 3 === 0 ? 0 : 1,
      [],
    ),
  }));
  return { ...shopInventory(), namespaces: [{ ...namespace(), hybridConnections }] };
}

function shopInventory() {
  const attached = (app: string) =>
    CONNECTIONS.filter(([, , , , apps]) => (apps as readonly string[]).includes(app)).map(
      ([name, endpoint]) => ({
        namespace: 'contoso',
        name,
        hostname: endpoint.split(':')[0],
        port: Number(endpoint.split(':')[1]),
        sendKeyName: 'defaultSender',
        inSync: app !== 'reports',
      }),
    );
  const app = (name: string, plan: string) => ({
    id: `${GROUP}/providers/Microsoft.Web/sites/${name}`,
    name,
    plan,
    hybridConnections: attached(name),
  });
  const plan = (name: string, tier: string, limit: number, apps: readonly string[]) => {
    const used = CONNECTIONS.map(([hybrid, , , , by]) => ({
      namespace: 'contoso',
      name: hybrid,
      apps: (by as readonly string[]).filter((each) => apps.includes(each)),
    })).filter((each) => each.apps.length > 0);
    const id = `${GROUP}/providers/Microsoft.Web/serverfarms/${name}`;
    return { id, name, tier, limit, used: used.length, hybridConnections: used };
  };
  return {
    subscriptions: [{ subscriptionId: '00000000-0000-0000-0000-000000000000', resourceGroups: ['hybridge'] }],
    namespaces: [
      {
        ...namespace(),
        hybridConnections: CONNECTIONS.map(([name, endpoint, listeners, , apps]) =>
          hybridConnection(name, endpoint, listeners, apps),
        ),
      },
      {
        ...namespace(),
        id: `${GROUP}/providers/Microsoft.Relay/namespaces/lab`,
        name: 'lab',
        hosts: [],
        hybridConnections: [],
      },
    ],
    plans: [
      plan('shop-plan', 'Standard', 25, ['shop', 'reports']),
      plan('back-office', 'Basic', 5, ['billing']),
    ],
    apps: [app('shop', 'shop-plan'), app('reports', 'shop-plan'), app('billing', 'back-office')],
  };
}

function namespace() {
  const at = ago(90 * DAY);
  return {
    id: NAMESPACE,
    name: 'contoso',
    hosts: ['contoso.example'],
    createdAt: at,
    updatedAt: at,
    declared: true,
  };
}

function hybridConnection(name: string, endpoint: string, listenerCount: number, apps: readonly string[]) {
  return {
    id: `${NAMESPACE}/hybridConnections/${name.replaceAll('/', '~')}`,
    name,
    endpoint,
    userMetadata: JSON.stringify([{ key: 'endpoint', value: endpoint }]),
    requiresClientAuthorization: true,
    listenerCount,
    status: listenerCount > 0 ? 'Connected' : 'NotConnected',
    connections: 0,
    declared: false,
    createdAt: ago(60 * DAY),
    updatedAt: ago(8 * DAY),
    apps,
  };
}

function keys(policy: string) {
  const string = (key: string) =>
    `Endpoint=sb://contoso.example/;SharedAccessKeyName=${policy};SharedAccessKey=${key};EntityPath=orders-db`;
  return {
    primaryConnectionString: string('bm90IGEga2V5LCBqdXN0IHRoaXJ0eS10d28gYnl0ZXM='),
    secondaryConnectionString: string('YW5vdGhlciB0aGlydHktdHdvIGJ5dGVzLCBubyBrZXk='),
    keyName: policy,
  };
}

function keyUse() {
  const none = { changedAt: ago(60 * DAY), listeners: [], recentSenders: [] };
  const at = (
    changed: number,
    used: number,
    listeners: readonly object[],
    recentSenders: readonly object[],
  ) => ({
    changedAt: ago(changed),
    lastUsedAt: ago(used),
    listeners,
    recentSenders,
  });
  const online = (number: number) => ({
    id: `l${number}`,
    remoteAddress: `10.20.0.${number}`,
    connectedAt: ago(DAY),
  });
  const sender = (number: number) => ({
    remoteAddress: `203.0.113.${number}`,
    lastSeenAt: ago(MINUTE),
    count: 40,
  });
  const own = (name: string, right: string) => ({ level: 'hybridConnection', name, rights: [right] });
  return {
    policies: [
      {
        ...own('defaultListener', 'Listen'),
        keys: {
          primary: at(60 * DAY, 12_000, [online(11)], []),
          secondary: at(8 * DAY, 40_000, [online(12)], []),
        },
        apps: [],
      },
      {
        ...own('defaultSender', 'Send'),
        keys: { primary: at(8 * DAY, 4_000, [], [sender(7), sender(8)]), secondary: none },
        apps: [
          {
            subscription: '00000000-0000-0000-0000-000000000000',
            app: 'shop',
            plan: 'shop-plan',
            uses: 'primary',
          },
          {
            subscription: '00000000-0000-0000-0000-000000000000',
            app: 'reports',
            plan: 'shop-plan',
            uses: 'old',
          },
        ],
      },
      {
        level: 'namespace',
        name: 'RootManageSharedAccessKey',
        rights: ['Manage', 'Send', 'Listen'],
        keys: { primary: none, secondary: none },
        apps: [],
      },
    ],
  };
}

function listener(number: number, key: string) {
  return {
    id: `l${number}`,
    trackingId: `t-${number}`,
    namespace: 'contoso',
    hybridConnection: 'orders-db',
    remoteAddress: `10.20.0.1${number}`,
    policy: 'defaultListener',
    key,
    connectedAt: ago(number * DAY),
    lastSeenAt: ago(number * 9_000),
    tokenExpiresAt: ago(-50 * MINUTE),
  };
}

function tunnel(index: number) {
  return {
    id: `tunnel-${index}`,
    trackingId: `5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11a${index}`,
    namespace: 'contoso',
    hybridConnection: 'orders-db',
    senderAddress: `203.0.113.${7 + (index % 2)}:${50_100 + index * 37}`,
    listenerAddress: `10.20.0.1${1 + (index % 2)}:${41_000 + index * 91}`,
    openedAt: ago((index + 1) * 7 * MINUTE),
    ageMs: (index + 1) * 7 * MINUTE,
    bytesFromSender: 18_400 * (index + 1) ** 2,
    bytesFromListener: 1_310_000 * (index + 1) ** 2,
  };
}

function closed(index: number) {
  const reasons = [
    'both ends closed',
    'the listener closed',
    'the sender was cut',
    'an administrator cut it',
  ];
  return {
    ...tunnel(index),
    id: `closed-${index}`,
    closedAt: ago((index + 1) * 3 * MINUTE),
    durationMs: (index + 1) * 95_000,
    reason: reasons[index],
  };
}

/** Waves, so that charts look like something. */
function series(minutes: number) {
  const stepMs = minutes === 10 ? 5_000 : MINUTE;
  const points = (minutes * MINUTE) / stepMs;
  const wave = (base: number, height: number, period: number) =>
    Array.from({ length: points }, (_, index) =>
      Math.round(base + height * Math.sin(index / period) + height * 0.4 * Math.sin(index * 1.7)),
    );
  const rare = (every: number) => Array.from({ length: points }, (_, index) => (index % every === 7 ? 2 : 0));
  const scale = points / 60;
  return {
    from: new Date(Math.floor(Date.now() / MINUTE) * MINUTE - minutes * MINUTE).toISOString(),
    stepMs,
    points,
    metrics: {
      ActiveConnections: wave(38, 9, 6 * scale),
      ActiveListeners: Array.from({ length: points }, (_, index) =>
        index / points > 0.35 && index / points < 0.42 ? 6 : 8,
      ),
      BytesTransferred: wave(180_000_000, 70_000_000, 9 * scale),
      'ListenerConnections-ClientError': rare(29),
      'ListenerConnections-ServerError': rare(1_000_000),
      'SenderConnections-ClientError': rare(17),
      'SenderConnections-ServerError': rare(41),
    },
  };
}

function record(index: number) {
  const kinds = [
    ['SenderListenerConnectionEstablished', 'Sender and listener are connected.', 'orders-db'],
    ['NewSenderRegistering', 'New sender registering.', 'orders-db'],
    ['SenderConnectionClosed', 'Sender connection closed.', 'warehouse-api'],
    ['NewListenerRegistered', 'New listener registered.', 'invoices'],
    ['InvalidSasToken', 'The shared access signature is not valid.', 'legacy-mail'],
    ['ListenerUnregistered', 'Listener unregistered.', 'legacy-mail'],
  ] as const;
  const [operation, message, hybrid] = kinds[index % kinds.length]!;
  return {
    resourceId: NAMESPACE.toUpperCase(),
    ActivityId: `5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b1${100 + index}`,
    endpoint: `sb://contoso/${hybrid}/5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b1${100 + index}`,
    operationName: `Microsoft.Relay/HybridConnections/${operation}`,
    EventTimeString: ago(index * 47_000 + 3_000),
    message,
    category: 'HybridConnectionsEvent',
    properties: {
      namespace: 'contoso',
      hybridConnection: hybrid,
      remoteAddress: '203.0.113.7',
      policy: 'defaultSender',
    },
  };
}
