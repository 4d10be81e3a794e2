/**
 * Tokens of every form, at the relay's door.
 *
 * Source: docs/protocol.md, section 1.5.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { connectUrl, Listener, listenUrl, open, refused, roundTrip, tokenFor } from '../../test/clients.js';
import type { RelayServer } from '../relay-server.js';
import { RelayServer as Server } from '../relay-server.js';
import { startRelay } from '../start-relay.js';
import type { TokenPurpose, TokenVerdict, TokenVerifier } from './token-verifier.js';

/** Its form is all that it has of a JSON Web Token. */
const jwt = (subject: string) => `eyJhbGciOiJub25lIn0.${Buffer.from(subject).toString('base64url')}.x`;

class TestVerifier implements TokenVerifier {
  readonly asked: (TokenPurpose & { readonly token: string })[] = [];
  verdict: Partial<Extract<TokenVerdict, { verified: true }>> | Extract<TokenVerdict, { verified: false }> =
    {};
  delay: Promise<void> = Promise.resolve();

  async verify(token: string, purpose: TokenPurpose): Promise<TokenVerdict> {
    this.asked.push({ token, ...purpose });
    await this.delay;
    if (this.verdict.verified === false) return this.verdict;
    return {
      verified: true,
      subject: 'app-1',
      issuer: 'https://login.example',
      expiresAt: new Date(Date.now() + 3_600_000),
      rights: ['Listen', 'Send'],
      ...this.verdict,
    };
  }
}

let relay: RelayServer;
let verifier: TestVerifier;
async function start(): Promise<void> {
  verifier = new TestVerifier();
  relay = await startRelay({ hybridConnections: ['sql'], tokenVerifier: verifier });
}
afterEach(() => relay.close());

describe('a JSON Web Token', () => {
  it('may stand bare or with its scheme, wherever a token may', async () => {
    await start();
    for (const token of [jwt('a'), `Bearer ${jwt('a')}`, `bearer  ${jwt('a')}`]) {
      await Listener.start(relay, 'sql', { token });
      for (const name of ['ServiceBusAuthorization', 'Authorization']) {
        const url = `${relay.url}/$hc/sql?sb-hc-action=listen`;
        (await open(url, { headers: { [name]: token } })).terminate();
      }
      await roundTrip(await open(connectUrl(relay, 'sql', { token })));
    }
    expect(new Set(verifier.asked.map(({ token }) => token))).toEqual(new Set([jwt('a')]));
    expect(verifier.asked[0]).toMatchObject({ namespace: 'localhost', hybridConnection: 'sql' });
  });

  it('is shown by its subject', async () => {
    await start();
    await Listener.start(relay, 'sql', { token: jwt('a') });
    const [listener] = relay.status().namespaces[0]!.hybridConnections[0]!.listeners;
    expect(listener).toMatchObject({ policy: 'app-1', key: undefined });
  });

  it('lets a listener take over its old place, but not that of another subject', async () => {
    await start();
    const id = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';
    const old = await Listener.start(relay, 'sql', { token: jwt('a'), id });
    await Listener.start(relay, 'sql', { token: jwt('a'), id });
    expect(await old.closed).toMatchObject({ code: 1001 });
    verifier.verdict = { subject: 'app-2' };
    await Listener.start(relay, 'sql', { token: jwt('b'), id });
    await Listener.start(relay, 'sql', { token: tokenFor(relay, 'sql'), id });
    expect(relay.status().namespaces[0]!.hybridConnections[0]!.listeners).toHaveLength(3);
  });

  it.each([
    ['malformed', 401, 'MalformedToken'],
    ['signature', 401, 'token has an invalid signature'],
    ['audience', 401, 'InvalidAudience'],
    ['expired', 401, 'ExpiredToken'],
    ['unavailable', 503, 'cannot be checked now'],
  ] as const)('that is refused for its %s gets %i', async (because, status, words) => {
    await start();
    verifier.verdict = { verified: false, because };
    for (const url of [
      listenUrl(relay, 'sql', { token: jwt('a') }),
      connectUrl(relay, 'sql', { token: jwt('a') }),
    ]) {
      expect(await refused(url)).toMatchObject({ status, reason: expect.stringContaining(words) });
    }
  });

  it('without the right gets 403', async () => {
    await start();
    verifier.verdict = { rights: ['Send'] };
    expect(await refused(listenUrl(relay, 'sql', { token: jwt('a') }))).toMatchObject({ status: 403 });
  });

  it('whose verifier fails gets 503', async () => {
    await start();
    verifier.verify = () => Promise.reject(new Error('no network'));
    expect(await refused(listenUrl(relay, 'sql', { token: jwt('a') }))).toMatchObject({ status: 503 });
  });

  it('that took long to check opens nothing that is gone by then', async () => {
    await start();
    let go!: () => void;
    verifier.delay = new Promise((resolve) => {
      go = resolve;
    });
    const answers = [
      refused(listenUrl(relay, 'sql', { token: jwt('a') })),
      refused(connectUrl(relay, 'sql', { token: jwt('a') })),
    ];
    await expect.poll(() => verifier.asked.length).toBe(2);
    await relay.removeHybridConnection('sql');
    go();
    for (const answer of await Promise.all(answers)) expect(answer).toMatchObject({ status: 404 });
  });

  it('keeps a listener after its renewal, and ends it with 1008 when it is over', async () => {
    await start();
    const listener = await Listener.start(relay, 'sql', { token: jwt('a') });
    verifier.verdict = { subject: 'app-3' };
    listener.control.send(JSON.stringify({ renewToken: { token: jwt('b') } }));
    const policy = () => relay.status().namespaces[0]!.hybridConnections[0]!.listeners[0]?.policy;
    await expect.poll(policy).toBe('app-3');
    verifier.verdict = { expiresAt: new Date(Date.now() - 3_600_000) };
    listener.control.send(JSON.stringify({ renewToken: { token: jwt('c') } }));
    expect(await listener.closed).toMatchObject({
      code: 1008,
      reason: expect.stringContaining('ExpiredToken'),
    });
  });
});

describe('a relay that knows no issuer', () => {
  it('takes a JSON Web Token for no token', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    for (const token of [jwt('a'), `Bearer ${jwt('a')}`]) {
      expect(await refused(connectUrl(relay, 'sql', { token }))).toMatchObject({
        status: 401,
        reason: expect.stringContaining('MalformedToken'),
      });
    }
  });

  it('takes a shared access signature with a scheme in front of it', async () => {
    relay = await startRelay({ hybridConnections: ['sql'] });
    await Listener.start(relay, 'sql', { token: `Bearer ${tokenFor(relay, 'sql')}` });
  });
});

describe('a relay that is told two ways to check tokens', () => {
  it('does not start', async () => {
    await start();
    const jwtOptions = { issuer: 'a', audience: 'b', jwks: { keys: [] } };
    expect(() => new Server({ tokenVerifier: verifier, jwt: jwtOptions })).toThrow('exclude each other');
  });
});
