import { describe } from 'vitest';
import { hybridgeListener, hybridgeSender, multiplexingSender } from '../src/relay-suite/hybridge.js';
import { hycoListener, hycoSender } from '../src/relay-suite/hyco-ws.js';
import { plainWsSender } from '../src/relay-suite/plain-ws.js';
import { plainWsListener } from '../src/relay-suite/plain-ws-listener.js';
import { listenerRefusalTests } from '../src/relay-suite/refusals.js';
import { sharingTests } from '../src/relay-suite/sharing.js';
import { Stage } from '../src/relay-suite/stage.js';
import { relaySuite } from '../src/relay-suite/suite.js';

const listeners = [hybridgeListener, hycoListener, plainWsListener];
const senders = [hybridgeSender, multiplexingSender, hycoSender, plainWsSender];

describe('in plain text', () => {
  for (const listener of listeners) {
    for (const sender of senders) relaySuite(listener, sender);
  }
});

describe('over TLS', () => {
  for (const listener of listeners) {
    for (const sender of senders) relaySuite(listener, sender, 'wss', ['messages', 'closing']);
  }
});

describe('the relay', () => {
  const stage = Stage.set();
  for (const listener of listeners) listenerRefusalTests(stage, listener);
  for (const sender of senders) sharingTests(stage, [hybridgeListener, hycoListener], sender);
});
