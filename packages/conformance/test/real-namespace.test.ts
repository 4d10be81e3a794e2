/**
 * The relay suites on a namespace that runs elsewhere: Azure's, or a relay of ours on another machine.
 *
 * Named by `HYBRIDGE_REAL_NAMESPACE`; see `RealNamespace` for what it holds. One hybrid connection serves all tests, so
 * nobody else should be listening there.
 */
import { describe, it } from 'vitest';
import { hybridgeHttpListener, hybridgeHttpSender } from '../src/http-suite/hybridge.js';
import { hycoHttpsListener } from '../src/http-suite/hyco-https.js';
import { fetchSender, nodeHttpSender } from '../src/http-suite/plain-senders.js';
import { httpSuite } from '../src/http-suite/suite.js';
import { hybridgeListener, hybridgeSender } from '../src/relay-suite/hybridge.js';
import { hycoListener, hycoSender } from '../src/relay-suite/hyco-ws.js';
import { plainWsSender } from '../src/relay-suite/plain-ws.js';
import { plainWsListener } from '../src/relay-suite/plain-ws-listener.js';
import { relaySuite } from '../src/relay-suite/suite.js';
import { RealNamespace } from '../src/relay-suite/venues.js';

const namespace = RealNamespace.find();

if (typeof namespace === 'string') {
  it('a real namespace is there', ({ skip }) => skip(namespace));
} else {
  describe('through a real namespace', () => {
    for (const listener of [hybridgeListener, hycoListener, plainWsListener]) {
      for (const sender of [hybridgeSender, hycoSender, plainWsSender]) {
        relaySuite(listener, sender, namespace);
      }
    }
  });
  describe('HTTP through a real namespace', () => {
    for (const listener of [hybridgeHttpListener, hycoHttpsListener]) {
      for (const sender of [hybridgeHttpSender, nodeHttpSender, fetchSender]) {
        httpSuite(listener, sender, namespace);
      }
    }
  });
}
