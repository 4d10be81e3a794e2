/**
 * What one would write first: the `ws` package on all three parts, a message for each read, and back-pressure.
 * @module
 */
import { versionOfPackage } from './package-version.js';
import { startScripts } from './scripts.js';
import type { Subject } from './subject.js';

/** `ws` as `npm install ws` gives it, without its optional add-ons. */
export const naiveWs: Subject = {
  id: 'ws',
  name: 'naive ws',
  about:
    'the `ws` package on all three parts, without add-ons: a message for each read, paused while 256 KiB wait',
  encrypted: false,
  ours: false,
  stretches: true,
  find: async () => ({ version: versionOfPackage('ws') }),
  start: (route) =>
    startScripts(
      {
        middle: ['naive-ws', 'relay'],
        last: (middle, target) => ['naive-ws', 'listener', String(middle), String(target)],
        first: (middle) => ['naive-ws', 'sender', String(middle)],
      },
      route,
    ),
};
