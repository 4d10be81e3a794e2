/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { PolicyUse } from '../api/types.js';
import { mergedUse } from './merged-use.js';

const use = (listener: string, lastUsedAt: string): PolicyUse => {
  const none = { changedAt: '2026-01-01T00:00:00Z', listeners: [], recentSenders: [] };
  const sender = { remoteAddress: '10.0.0.1', lastSeenAt: lastUsedAt, count: 1 };
  const listeners = [{ id: listener, remoteAddress: '10.0.0.2', connectedAt: lastUsedAt }];
  return {
    level: 'namespace',
    name: 'Root',
    rights: ['Manage'],
    keys: { primary: { ...none, lastUsedAt, listeners, recentSenders: [sender] }, secondary: none },
    apps: [{ subscription: 's', app: 'shop', plan: 'p', uses: 'primary' }],
  };
};

describe('who uses a key of a namespace', () => {
  it('is everybody who does at one of its hybrid connections, once', () => {
    const { keys, apps } = mergedUse(
      [use('a', '2026-01-02T00:00:00Z'), use('b', '2026-01-03T00:00:00Z')],
      'Root',
    );
    expect(keys.primary.listeners.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(keys.primary.recentSenders).toHaveLength(1);
    expect(keys.primary.lastUsedAt).toBe('2026-01-03T00:00:00Z');
    expect(keys.secondary.lastUsedAt).toBeUndefined();
    expect(apps).toHaveLength(1);
  });

  it('is nobody where there is no hybrid connection', () => {
    expect(mergedUse([], 'Root')).toMatchObject({ name: 'Root', rights: [], apps: [] });
  });
});
