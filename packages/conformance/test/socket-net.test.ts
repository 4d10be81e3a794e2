/**
 * The socket suite on plain `node:net`: proves the expectations before anything of ours is held to them.
 * @module
 */
import { netSubject } from '../src/socket-suite/net.js';
import { socketSuite } from '../src/socket-suite/suite.js';

socketSuite(netSubject);
