/**
 * The socket suite on ours, over a relay: what `net.Socket` does, a relayed connection does.
 * @module
 */
import { hybridgeSubject } from '../src/socket-suite/hybridge.js';
import { socketSuite } from '../src/socket-suite/suite.js';

socketSuite(hybridgeSubject);
