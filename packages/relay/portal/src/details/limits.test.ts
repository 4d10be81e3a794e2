/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { limitsOf } from './limits.js';

describe('the limits of a namespace', () => {
  it('are the documented ones until somebody says otherwise', () => {
    expect(limitsOf()).toMatchObject({ listenersPerHybridConnection: 25, connections: 5_000 });
  });

  it("are the relay's, and its own before those", () => {
    const relay = { listenersPerHybridConnection: 10, connectionsPerNamespace: 100 };
    expect(limitsOf(relay)).toMatchObject({ listenersPerHybridConnection: 10, connections: 100 });
    expect(limitsOf(relay, { connections: 7 })).toMatchObject({
      listenersPerHybridConnection: 10,
      connections: 7,
    });
  });
});
