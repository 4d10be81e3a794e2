import { describe, expect, it } from 'vitest';
import { resolveBase } from './rendezvous-base.js';

describe('what a rendezvous address begins with', () => {
  it.each([
    [undefined, 'ws://relay.example.net:8080', 'ws://relay.example.net:8080'],
    ['wss://w2.relay.example.net', 'ws://10.0.0.1:8080', 'wss://w2.relay.example.net'],
    [':8091', 'ws://relay.example.net:8080', 'ws://relay.example.net:8091'],
    [':8091', 'wss://relay.example.net', 'wss://relay.example.net:8091'],
    [':8091', 'ws://relay.example.net:', 'ws://relay.example.net:8091'],
    [':8091', 'ws://[::1]:8080', 'ws://[::1]:8091'],
    [':8091', 'ws://[::1]', 'ws://[::1]:8091'],
  ])('is, for %j and a listener that came by %s, %s', (base, own, expected) => {
    expect(resolveBase(base, own)).toBe(expected);
  });
});
