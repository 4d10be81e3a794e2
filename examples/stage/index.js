/**
 * What surrounds the application of an example: a relay, managers in front of private services, and a process for the
 * application itself. Outside of examples each of them is a machine of its own, and started by `hybridge`.
 */

export { startRelay } from '@hybridge/relay';
export { application } from './application.js';
export { mariadb } from './mariadb.js';
export { postgres } from './postgres.js';
export { privateNetwork } from './private-network.js';
export { say } from './say.js';
export { unchangedOnMariadb } from './unchanged-on-mariadb.js';
