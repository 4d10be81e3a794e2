/**
 * The socket suite: what it means to behave like a `net.Socket`, facet by facet.
 * @module
 */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { backpressureTests } from './backpressure.js';
import { closingTests } from './closing.js';
import { connectingTests } from './connecting.js';
import { dataTests } from './data.js';
import { destroyingTests } from './destroying.js';
import { habitsTests } from './habits.js';
import { halfOpenTests } from './half-open.js';
import { identityTests } from './identity.js';
import { referencingTests } from './referencing.js';
import { Sockets } from './sockets.js';
import type { SocketSubject } from './subject.js';
import { timeoutTests } from './timeout.js';
import { tlsWrappingTests } from './tls-wrapping.js';

const FACETS = {
  connecting: connectingTests,
  data: dataTests,
  'back-pressure': backpressureTests,
  'half-open': halfOpenTests,
  closing: closingTests,
  destroying: destroyingTests,
  timeout: timeoutTests,
  'ref and unref': referencingTests,
  identity: identityTests,
  'TLS wrapping': tlsWrappingTests,
  'habits of drivers': habitsTests,
};

/** Defines the whole suite for one subject. */
export function socketSuite(subject: SocketSubject): void {
  describe(subject.name, () => {
    const sockets = new Sockets(subject.traits);
    beforeAll(async () => {
      sockets.stage = await subject.start();
    });
    afterEach(() => sockets.destroyAll());
    afterAll(() => sockets.stage.close());

    for (const [facet, define] of Object.entries(FACETS)) describe(facet, () => define(sockets));
  });
}
