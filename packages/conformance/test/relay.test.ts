import { describe } from 'vitest';
import { closingTests } from '../src/relay-suite/closing.js';
import { hybridgeListener, hybridgeSender } from '../src/relay-suite/hybridge.js';
import { hycoListener, hycoSender } from '../src/relay-suite/hyco-ws.js';
import { messageTests } from '../src/relay-suite/messages.js';
import { openingTests } from '../src/relay-suite/opening.js';
import { plainWsSender } from '../src/relay-suite/plain-ws.js';
import { listenerRefusalTests, senderRefusalTests } from '../src/relay-suite/refusals.js';
import { sharingTests } from '../src/relay-suite/sharing.js';
import { Stage } from '../src/relay-suite/stage.js';

const listeners = [hybridgeListener, hycoListener];
const senders = [hybridgeSender, hycoSender, plainWsSender];

describe.each(listeners)('a listener of $name', (listener) => {
  describe.each(senders)('and a sender of $name', (sender) => {
    const stage = Stage.set();
    messageTests(stage, listener, sender);
    openingTests(stage, listener, sender);
    closingTests(stage, listener, sender);
    senderRefusalTests(stage, listener, sender);
  });
});

describe.each(listeners)('over TLS, a listener of $name', (listener) => {
  describe.each(senders)('and a sender of $name', (sender) => {
    const stage = Stage.set('wss');
    messageTests(stage, listener, sender);
    closingTests(stage, listener, sender);
  });
});

describe('the relay', () => {
  const stage = Stage.set();
  for (const listener of listeners) listenerRefusalTests(stage, listener);
  for (const sender of senders) sharingTests(stage, [hybridgeListener, hycoListener], sender);
});
