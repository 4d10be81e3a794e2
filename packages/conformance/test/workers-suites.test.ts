/**
 * What holds for a relay of one process holds for one of several workers: senders and listeners end up at different
 * ones more often than not.
 */
import { describe } from 'vitest';
import { hybridgeHttpListener, hybridgeHttpSender } from '../src/http-suite/hybridge.js';
import { hycoHttpsListener } from '../src/http-suite/hyco-https.js';
import { nodeHttpSender } from '../src/http-suite/plain-senders.js';
import { httpSuite } from '../src/http-suite/suite.js';
import { requireBuild } from '../src/processes.js';
import { hybridgeListener, hybridgeSender } from '../src/relay-suite/hybridge.js';
import { hycoListener, hycoSender } from '../src/relay-suite/hyco-ws.js';
import { listenerRefusalTests } from '../src/relay-suite/refusals.js';
import { sharingTests } from '../src/relay-suite/sharing.js';
import { Stage } from '../src/relay-suite/stage.js';
import { relaySuite } from '../src/relay-suite/suite.js';
import { LocalRelay } from '../src/relay-suite/venues.js';

const WORKERS = 3;
const HYCO_FACETS = ['opening', 'subprotocols', 'messages', 'text', 'closing', 'close codes'] as const;

requireBuild();

describe('a relay of several workers', () => {
  relaySuite(hybridgeListener, hybridgeSender, new LocalRelay('ws', WORKERS));
  // Without `refusals`: where the relay is another process, hyco-ws throws a reset that comes as it closes.
  relaySuite(hycoListener, hycoSender, new LocalRelay('ws', WORKERS), HYCO_FACETS);
  relaySuite(hybridgeListener, hybridgeSender, new LocalRelay('wss', WORKERS), ['messages', 'closing']);
  httpSuite(hybridgeHttpListener, hybridgeHttpSender, new LocalRelay('ws', WORKERS));
  httpSuite(hycoHttpsListener, nodeHttpSender, new LocalRelay('ws', WORKERS));

  describe('the relay', () => {
    const stage = Stage.set(new LocalRelay('ws', WORKERS));
    listenerRefusalTests(stage, hybridgeListener);
    sharingTests(stage, [hybridgeListener, hycoListener], hybridgeSender);
  });
});
