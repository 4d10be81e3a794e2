/** Every subject there is, in the order of the tables; the first is the yardstick. @module */

import type { Lineup } from '../plan.js';
import { haproxy, haproxyTls } from './haproxy.js';
import { nginxProxy, nodeProxy, relayedHttp } from './http.js';
import { hybridge, hybridgeTls } from './hybridge.js';
import { netPipes } from './net-pipes.js';
import { nginx } from './nginx.js';

/** All that can be compared, whether or not it is installed here. */
export const subjects: Lineup = {
  tcp: [netPipes, hybridge, nginx, haproxy, hybridgeTls, haproxyTls],
  http: [nodeProxy, relayedHttp, nginxProxy],
};
