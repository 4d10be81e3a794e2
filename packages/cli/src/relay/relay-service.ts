/**
 * The relay as a service: what tells it from others.
 * @module
 */
import type { ServiceProgram } from '../installation/service-program.js';

/** For `hybridge relay install`. */
export const RELAY_SERVICE: ServiceProgram = {
  command: 'relay',
  defaultName: 'hybridge-relay',
  title: 'Hybridge relay',
  purpose: 'Joins senders and listeners of hybrid connections.',
  configFile: 'relay.yaml',
  keeps: 'what it was told, keys, admin.token, its audit log',
  unit: {
    descriptors: 'Two for each tunnel, one for each listener, in each worker.',
    sockets: 'Unix sockets join the workers',
    reload: 'Certificate and key are read again; they are when they change, too.',
    lines: () => [],
  },
  note: (_place, dataDir) =>
    `what it does: hybridge status --token ${JSON.stringify(`file:${dataDir}/admin.token`)}`,
};
