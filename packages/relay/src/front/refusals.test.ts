/**
 * Every way to be turned away, as the client sees it.
 *
 * Source: docs/protocol.md, section 2.2.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectUrl, Listener, listenUrl, open, refused, roundTrip, tokenFor } from '../../test/clients.js';
import type { Refused } from '../events.js';
import type { RelayServer } from '../relay-server.js';
import { startRelay } from '../start-relay.js';

const SENDER_ID = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';

let relay: RelayServer;
let listener: Listener;
const events: Refused[] = [];

beforeAll(async () => {
  relay = await startRelay({
    namespaces: [
      {
        name: 'localhost',
        hybridConnections: [
          { name: 'sql' },
          { name: 'lonely' },
          { name: 'lazy' },
          { name: 'full' },
          { name: 'open', requiresClientAuthorization: false },
        ],
      },
    ],
    limits: { listenersPerHybridConnection: 2 },
    timeouts: { acceptMs: 1_000 },
  });
  relay.events.on('refused', (event) => events.push(event));
  listener = await Listener.start(relay, 'sql');
});
afterAll(() => relay.close());

describe('the relay answers', () => {
  it.each([
    ['sb-hc-action=connect', (name: string) => connectUrl(relay, name, { token: tokenFor(relay, 'sql') })],
    ['sb-hc-action=listen', (name: string) => listenUrl(relay, name, { token: tokenFor(relay, 'sql') })],
  ])('404 to an unknown name, %s', async (_, url) => {
    const answer = await refused(url('Payroll/eu'));
    expect(answer.status).toBe(404);
    expect(answer.reason).toContain('Endpoint does not exist');
    expect(answer.reason).toContain('Payroll/eu');
  });

  it('404 to a listener of a name with more path behind it', async () => {
    expect(await refused(listenUrl(relay, 'sql/more', { token: tokenFor(relay, 'sql') }))).toMatchObject({
      status: 404,
      reason: expect.stringContaining('Endpoint does not exist'),
    });
  });

  it.each(['/', '/sql', '/hc/sql', '/$hcsql', '/$hc'])('404 to the path %s', async (path) => {
    expect(await refused(`${relay.url}${path}`)).toMatchObject({
      status: 404,
      reason: expect.stringContaining('Endpoint does not exist'),
    });
  });

  it('404 to a sender when nobody listens', async () => {
    const { status, reason } = await refused(connectUrl(relay, 'lonely'));
    expect(status).toBe(404);
    expect(reason).toContain('There are no listeners connected for the endpoint.');
  });

  it('504 to a sender when no listener comes', async () => {
    await Listener.start(relay, 'lazy', { onAccept: () => undefined });
    const { status, reason } = await refused(connectUrl(relay, 'lazy'));
    expect(status).toBe(504);
    expect(reason).toContain(
      'None of the connected listeners accepted the connection within the allowed timeout',
    );
    expect(events.at(-1)?.operationName).toBe('ListenerAcceptingConnectionTimeout');
  });

  describe.each([
    ['listener', (token: string) => listenUrl(relay, 'sql', { token })],
    ['sender', (token: string) => connectUrl(relay, 'sql', { token })],
  ])('401 to a %s', (_, url) => {
    it.each([
      ['no token', () => '', 'MissingToken', 'token'],
      ['a token that is none', () => 'Bearer eyJhbGciOi', 'MalformedToken', 'token is malformed'],
      [
        'a token without its end',
        () => tokenFor(relay, 'sql').replace(/&skn.*/, ''),
        'MalformedToken',
        'token is malformed',
      ],
      [
        'a wrong key',
        () => tokenFor(relay, 'sql', { key: 'wrong' }),
        'InvalidSignature',
        'token has an invalid signature',
      ],
      [
        'an unknown policy',
        () => tokenFor(relay, 'sql', { keyName: 'nobody' }),
        'InvalidSignature',
        'token has an invalid signature',
      ],
      [
        'another address',
        () => tokenFor(relay, 'sql', { resource: 'http://127.0.0.1/lonely' }),
        'InvalidAudience',
        'InvalidAudience: The authorization header contains a token with a wrong audience.',
      ],
      [
        'another namespace',
        () => tokenFor(relay, 'sql', { resource: 'http://contoso.example/sql' }),
        'InvalidAudience',
        'wrong audience',
      ],
      [
        'an expired token',
        () => tokenFor(relay, 'sql', { now: () => Date.now() - 3_600_000 - 301_000 }),
        'ExpiredToken',
        'token is expired',
      ],
    ])('with %s', async (_case, token, code, text) => {
      const answer = await refused(url(token()));
      expect(answer.status).toBe(401);
      expect(answer.reason).toContain(text);
      // Tests of other clients look for the name in each of them.
      expect(answer.reason).toContain('sql');
      expect(events.at(-1)).toMatchObject({
        code,
        operationName: 'InvalidSasToken',
        hybridConnection: 'sql',
      });
    });
  });

  it('403 when the policy lacks the right', async () => {
    const wrongWay = [
      listenUrl(relay, 'sql', { token: tokenFor(relay, 'sql', { policy: 'defaultSender' }) }),
      connectUrl(relay, 'sql', { token: tokenFor(relay, 'sql', { policy: 'defaultListener' }) }),
    ];
    for (const [index, claim] of ['Listen', 'Send'].entries()) {
      const answer = await refused(wrongWay[index]!);
      expect(answer.status).toBe(403);
      expect(answer.reason).toContain(`'${claim}'`);
      expect(events.at(-1)).toMatchObject({ operationName: 'AuthorizationFailed' });
    }
  });

  it('503 to one listener too many', async () => {
    const [first] = await Promise.all([Listener.start(relay, 'full'), Listener.start(relay, 'full')]);
    const { status, reason } = await refused(listenUrl(relay, 'full'));
    expect(status).toBe(503);
    expect(reason).toMatch(/QuotaExceeded.*MaximumListenersPerEndpoint/);
    first.control.close();
    await first.closed;
    await Listener.start(relay, 'full');
  });

  it('never lets more in than allowed, when many come at once', async () => {
    await relay.addHybridConnection('rush');
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => Listener.start(relay, 'rush')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
  });

  it('400 to an action that it does not know', async () => {
    expect(await refused(`${relay.url}/$hc/sql?sb-hc-action=fly`)).toMatchObject({
      status: 400,
      reason: expect.stringContaining('sb-hc-action'),
    });
  });

  it('400 to the rendezvous address of an HTTP request without its secret, 403 with one that no relay makes', async () => {
    const address = `${relay.url}/$hc/sql?sb-hc-action=request&sb-hc-id=x`;
    expect(await refused(address)).toMatchObject({ status: 400 });
    expect(await refused(`${address}&sb-hc-rv=x`)).toMatchObject({ status: 403 });
  });

  it('400 to a rendezvous address without its secret, 403 with one that nobody waits under', async () => {
    const address = `${relay.url}/$hc/sql?sb-hc-action=accept&sb-hc-id=x`;
    expect(await refused(address)).toMatchObject({ status: 400 });
    const { status, reason } = await refused(`${address}&sb-hc-rv=AAAAAAAAAAAAAAAAAAAAAA`);
    expect(status).toBe(403);
    expect(reason).toContain('rendezvous address is not valid');
  });

  it('414 to an endless address', async () => {
    expect(await refused(`${relay.url}/$hc/sql?x=${'y'.repeat(20_000)}`)).toMatchObject({ status: 414 });
  });

  it('503 when too many wait or too many are joined', async () => {
    await using small = await startRelay({
      hybridConnections: ['sql'],
      limits: { pendingPerNamespace: 1, connectionsPerNamespace: 2 },
    });
    const held = await Listener.start(small, 'sql', { onAccept: () => undefined });
    const waiting = open(connectUrl(small, 'sql'));
    const accept = await held.nextAccept();
    expect(await refused(connectUrl(small, 'sql'))).toMatchObject({
      status: 503,
      reason: expect.stringContaining('too many senders wait'),
    });
    await held.echo(accept);
    const joined = await waiting;
    const second = open(connectUrl(small, 'sql'));
    await held.echo(await held.nextAccept());
    await second;
    expect(await refused(connectUrl(small, 'sql'))).toMatchObject({
      status: 503,
      reason: expect.stringContaining('QuotaExceeded'),
    });
    joined.terminate();
    await expect.poll(() => small.status().namespaces[0]?.connections).toBe(1);
    const third = open(connectUrl(small, 'sql'));
    await held.echo(await held.nextAccept());
    await roundTrip(await third);
  });
});

describe('every refusal', () => {
  it('tells the client’s own id, the address and the time, on one line and again in the body', async () => {
    const answer = await refused(connectUrl(relay, 'lonely', { id: `${SENDER_ID}_G3` }));
    expect(answer.reason).toMatch(
      new RegExp(
        ` TrackingId:${SENDER_ID}_G3, SystemTracker:sb://localhost/lonely, Timestamp:\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}$`,
      ),
    );
    expect(answer.body).toBe(`${answer.reason}\n`);
    expect(answer.headers.connection).toBe('close');
  });

  it('has an id of its own when the client sends none, or one that is not fit for a log', async () => {
    for (const id of [undefined, 'a b', 'x'.repeat(65), '\u{1f600}']) {
      const { reason } = await refused(connectUrl(relay, 'lonely', id === undefined ? {} : { id }));
      expect(reason).toMatch(/ TrackingId:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12},/);
    }
  });

  it('is an event without any secret', async () => {
    const token = tokenFor(relay, 'sql', { key: 'wrong' });
    await refused(connectUrl(relay, 'sql', { token, id: SENDER_ID }));
    const event = events.at(-1);
    expect(event).toMatchObject({
      action: 'connect',
      status: 401,
      namespace: 'localhost',
      hybridConnection: 'sql',
      trackingId: SENDER_ID,
      remoteAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    expect(JSON.stringify(event)).not.toContain(/sig=([^&]*)/.exec(token)![1]);
  });

  it('disturbs nobody', async () => {
    expect(listener.control.readyState).toBe(listener.control.OPEN);
    await roundTrip(await open(connectUrl(relay, 'sql')));
  });
});

describe('a sender of a hybrid connection that asks for no token', () => {
  it('gets in without one, or with a bad one', async () => {
    await Listener.start(relay, 'open');
    await roundTrip(await open(`${relay.url}/$hc/open`));
    await roundTrip(await open(connectUrl(relay, 'open', { token: 'nonsense' })));
  });

  it('does not make listening free', async () => {
    expect(await refused(listenUrl(relay, 'open', { token: '' }))).toMatchObject({ status: 401 });
  });
});
