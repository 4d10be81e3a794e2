/**
 * A page in a real browser as the sender: nothing but an address, with the token in it.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { Chromium } from '../src/browser/chromium.js';
import { findChromium } from '../src/browser/find-chromium.js';
import { WebSocketPage } from '../src/browser/web-socket-page.js';
import { chromiumSender } from '../src/relay-suite/chromium.js';
import { hybridgeListener } from '../src/relay-suite/hybridge.js';
import { hycoListener } from '../src/relay-suite/hyco-ws.js';
import { plainWsListener } from '../src/relay-suite/plain-ws-listener.js';
import { relaySuite } from '../src/relay-suite/suite.js';

const found = findChromium();
const listeners = [hybridgeListener, hycoListener, plainWsListener];

describe.skipIf(found.missing)('a browser', () => {
  let chromium: Chromium | undefined;
  let page: WebSocketPage | undefined;
  beforeAll(async () => {
    chromium = await Chromium.start(found.programs!.chromium);
    page = await WebSocketPage.open(chromium);
  });
  afterAll(async () => {
    page?.close();
    await chromium?.stop();
  });
  const sender = chromiumSender(() => page!);

  describe('in plain text', () => {
    for (const listener of listeners) relaySuite(listener, sender);
  });

  describe('over TLS', () => {
    relaySuite(hybridgeListener, sender, 'wss', ['messages', 'closing']);
  });
});
