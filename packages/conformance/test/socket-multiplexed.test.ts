/**
 * The socket suite on streams of multiplexed sessions: to whoever has one, it is a socket like any other.
 * @module
 */
import { multiplexedSubject } from '../src/socket-suite/hybridge.js';
import { socketSuite } from '../src/socket-suite/suite.js';

socketSuite(multiplexedSubject);
