/**
 * HTTP through the relay, pair by pair: our listener and hyco-https, our sender and clients that know no relay.
 */
import { hybridgeHttpListener, hybridgeHttpSender } from '../src/http-suite/hybridge.js';
import { hycoHttpsListener } from '../src/http-suite/hyco-https.js';
import { fetchSender, nodeHttpSender } from '../src/http-suite/plain-senders.js';
import { httpSuite } from '../src/http-suite/suite.js';

for (const listener of [hybridgeHttpListener, hycoHttpsListener]) {
  for (const sender of [hybridgeHttpSender, nodeHttpSender, fetchSender]) httpSuite(listener, sender);
}
