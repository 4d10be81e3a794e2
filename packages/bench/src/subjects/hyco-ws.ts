/**
 * hyco-ws, the package that Microsoft publishes for Node, as sender and listener at our relay.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { versionOfPackage } from './package-version.js';
import { startScripts } from './scripts.js';
import type { Subject } from './subject.js';

/** Their edges, our middle. */
export const hycoWs: Subject = {
  id: 'hyco-ws',
  name: 'hyco-ws edges',
  about: 'hyco-ws as sender and listener at our relay: a message for each read, paused while 256 KiB wait',
  encrypted: false,
  ours: false,
  stretches: true,
  find: async () => ({ version: versionOfPackage('hyco-ws') }),
  start: (route) => {
    const key = randomBytes(32).toString('base64');
    return startScripts(
      {
        middle: ['relay', key],
        last: (middle, target) => ['hyco-ws', 'listener', key, String(middle), String(target)],
        first: (middle) => ['hyco-ws', 'sender', key, String(middle)],
      },
      route,
    );
  },
};
