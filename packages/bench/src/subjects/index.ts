/** Every subject there is, in the order of the tables; the first is the yardstick. @module */

import type { Lineup } from '../plan.js';
import { chisel } from './chisel.js';
import { frp } from './frp.js';
import { haproxy, haproxyTls } from './haproxy.js';
import { nginxProxy, nodeProxy, relayedHttp } from './http.js';
import {
  hybridge,
  hybridgeMultiplex,
  hybridgePreconnect,
  hybridgeTls,
  hybridgeTlsMultiplex,
  hybridgeTlsPreconnect,
} from './hybridge.js';
import { hycoWs } from './hyco-ws.js';
import { naiveWs } from './naive-ws.js';
import { netPipes } from './net-pipes.js';
import { nginx } from './nginx.js';
import { openssh } from './openssh.js';
import { piko } from './piko.js';
import { ssh2 } from './ssh2.js';
import { stunnel } from './stunnel.js';

/** All that can be compared, whether or not it is installed here. */
export const subjects: Lineup = {
  tcp: [
    netPipes,
    hybridge,
    hybridgePreconnect,
    hybridgeMultiplex,
    nginx,
    haproxy,
    naiveWs,
    hycoWs,
    frp,
    piko,
    hybridgeTls,
    hybridgeTlsPreconnect,
    hybridgeTlsMultiplex,
    haproxyTls,
    openssh,
    stunnel,
    ssh2,
    chisel,
  ],
  http: [nodeProxy, relayedHttp, nginxProxy],
};
