/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Inventory, LiveOverview } from '../api/types.js';
import { rowsOf } from './hybrid-connections.js';
import { keyOf, NO_RATES } from './rates.js';

const at = '2026-01-01T00:00:00Z';
const orders = {
  ...{
    id: '/orders',
    name: 'orders',
    requiresClientAuthorization: true,
    listenerCount: 1,
    status: 'Connected' as const,
  },
  ...{ connections: 3, declared: false, createdAt: at, updatedAt: at, apps: [] },
};
const contoso = {
  ...{ id: '/contoso', name: 'contoso', subscription: 'lab', resourceGroup: 'default' },
  ...{ hosts: [], createdAt: at, updatedAt: at, declared: true },
};
const inventory: Inventory = {
  subscriptions: [],
  namespaces: [{ ...contoso, hybridConnections: [orders] }],
  plans: [],
  apps: [],
};
const bytes = { bytesFromSenders: 0, bytesFromListeners: 0 };
const overview = (hybridConnections: LiveOverview['hybridConnections']): LiveOverview => ({
  time: at,
  totals: { listeners: 0, connections: 0, requests: 0, ...bytes },
  hybridConnections,
  alarms: [],
});

describe('a hybrid connection in the list', () => {
  it('is as the inventory has it until something live has come', () => {
    expect(rowsOf(inventory, undefined, NO_RATES)).toMatchObject([
      { namespace: 'contoso', namespaceId: '/contoso', name: 'orders', status: 'Connected', connections: 3 },
    ]);
  });

  it('is as the last overview has it', () => {
    const live = { namespace: 'contoso', name: 'orders', listenerCount: 2, connections: 5, ...bytes };
    const rates = { total: 7, each: new Map([[keyOf('contoso', 'orders'), 7]]) };
    expect(rowsOf(inventory, overview([live]), rates)).toMatchObject([
      { status: 'Connected', listenerCount: 2, connections: 5, bytesPerSecond: 7 },
    ]);
  });

  it('is not connected when the overview does not have it', () => {
    expect(rowsOf(inventory, overview([]), NO_RATES)).toMatchObject([
      { status: 'NotConnected', listenerCount: 0, connections: 0, bytesPerSecond: 0 },
    ]);
  });
});
