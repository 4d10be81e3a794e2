/**
 * `ssh2`, SSH in JavaScript: local forwarding, remote forwarding, and a server between.
 * @module
 */
import { versionOfPackage } from './package-version.js';
import { startScripts } from './scripts.js';
import type { Subject } from './subject.js';

/** Two clients and a server, all of them `ssh2`. */
export const ssh2: Subject = {
  id: 'ssh2',
  name: 'ssh2 (npm)',
  about:
    'the `ssh2` package as both clients and server, without add-ons; channels of one connection, AES-128-GCM',
  encrypted: true,
  ours: false,
  stretches: true,
  find: async () => ({ version: versionOfPackage('ssh2') }),
  start: (route) =>
    startScripts(
      {
        middle: ['ssh2', 'relay'],
        last: (middle, target) => ['ssh2', 'listener', String(middle), String(target)],
        first: (middle) => ['ssh2', 'sender', String(middle)],
      },
      route,
    ),
};
