import { beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_MODEL, type Model, type Role } from '../model/model.js';
import { checkRole, hashOf, TokenGate } from './token-gate.js';

const HERE = '192.0.2.1';
let now: number;
let model: Model;
let gate: TokenGate;

beforeEach(() => {
  now = Date.parse('2026-01-01T00:00:00Z');
  model = {
    ...EMPTY_MODEL,
    tokens: [
      {
        id: 'one',
        name: 'dashboard',
        role: 'reader',
        hash: hashOf('reader-token').toString('base64url'),
        createdAt: '2026-01-01T00:00:00.000Z',
        expiresAt: '2026-01-02T00:00:00.000Z',
      },
    ],
  };
  gate = new TokenGate({ token: 'own-token', model: () => model, now: () => now });
});

const guess = (address = HERE) => gate.admit('Bearer wrong', address);
const refused = (status: number) => expect.objectContaining({ status });

describe('a token', () => {
  it('of the configuration is an owner', () => {
    expect(gate.admit('Bearer own-token', HERE)).toMatchObject({ id: 'admin', role: 'owner' });
  });

  it('that was made has the role that it was made with, until it expires', () => {
    expect(gate.admit('bearer  reader-token ', HERE)).toMatchObject({ id: 'one', role: 'reader' });
    now = Date.parse('2026-01-02T00:00:00Z');
    expect(() => gate.admit('Bearer reader-token', HERE)).toThrow(refused(401));
  });

  it('that was revoked is good no more, also for who is in already', () => {
    const principal = gate.admit('Bearer reader-token', HERE);
    expect(gate.isGood(principal)).toBe(true);
    model = { ...model, tokens: [] };
    expect(gate.isGood(principal)).toBe(false);
    expect(() => gate.admit('Bearer reader-token', HERE)).toThrow(refused(401));
  });

  it.each([undefined, '', 'Bearer', 'Basic eA==', 'Bearer a b', `Bearer ${'x'.repeat(5_000)}`, 'own-token'])(
    'is not %j',
    (header) => {
      expect(() => gate.admit(header, HERE)).toThrow(refused(401));
    },
  );

  it('is not its own hash', () => {
    const hash = hashOf('own-token').toString('base64url');
    expect(() => gate.admit(`Bearer ${hash}`, HERE)).toThrow(refused(401));
  });
});

describe('an address that too many bad tokens came from', () => {
  beforeEach(() => {
    for (let count = 0; count < 10; count += 1) expect(() => guess()).toThrow(refused(401));
  });

  it('has to wait, also with a good one', () => {
    expect(() => guess()).toThrow(expect.objectContaining({ status: 429, headers: { 'Retry-After': '1' } }));
    expect(() => gate.admit('Bearer own-token', HERE)).toThrow(refused(429));
  });

  it('may try again after a while', () => {
    now += 1_000;
    expect(gate.admit('Bearer own-token', HERE)).toMatchObject({ id: 'admin' });
    expect(() => guess()).toThrow(refused(401));
    expect(() => guess()).toThrow(refused(429));
  });

  it('does not keep others out', () => {
    expect(gate.admit('Bearer own-token', '192.0.2.2')).toMatchObject({ id: 'admin' });
  });
});

describe('a token that was good at an address', () => {
  it('stays good there while others guess behind the same proxy', () => {
    gate.admit('Bearer own-token', HERE);
    for (let count = 0; count < 10; count += 1) expect(() => guess()).toThrow(refused(401));
    expect(gate.admit('Bearer own-token', HERE)).toMatchObject({ id: 'admin' });
    expect(() => guess()).toThrow(refused(429));
  });
});

describe('a role', () => {
  const roles: Role[] = ['reader', 'operator', 'owner'];

  it.each(roles.flatMap((has, rank) => roles.map((needs, least) => ({ has, needs, may: rank >= least }))))(
    '$has where $needs is needed: $may',
    ({ has, needs, may }) => {
      const check = () => checkRole({ id: '', name: '', role: has }, needs);
      if (may) expect(check).not.toThrow();
      else expect(check).toThrow(refused(403));
    },
  );
});
