/**
 * What a running manager writes to its log.
 * @module
 */
import type { ConnectionState, HybridConnectionManager } from '@hybridge/manager';
import type { Log } from '../log.js';

/**
 * Logs what happens to a manager from now on. What goes wrong again and again for the same reason is said once: senders that come
 * back ten times a second would leave nothing else to read.
 */
export function logEvents(manager: Pick<HybridConnectionManager, 'on'>, log: Log): void {
  const outages = new Map<string, string>();
  const unreached = new Map<string, string>();
  manager.on('state', (connection, state) => tellState(log, connection, state, outages));
  manager.on('configuration', ({ removed }) => {
    for (const connection of removed) {
      outages.delete(connection);
      unreached.delete(connection);
    }
  });
  manager.on('open', (connection, { id, remoteEndpoint }) => {
    if (unreached.delete(connection)) log.info('the target is reached again', { connection });
    log.debug('connection opened', { connection, id, from: remoteEndpoint.address });
  });
  manager.on('end', (connection, { id, reason, error, bytesToTarget, bytesFromTarget, durationMs }) => {
    const facts = { connection, id, bytesToTarget, bytesFromTarget, durationMs, error };
    log.debug(`connection ended: ${reason}`, facts);
  });
  manager.on('targetFailure', (connection, { code, message, advice }, { id }) => {
    const isNew = unreached.get(connection) !== message;
    unreached.set(connection, message);
    const facts = { connection, id, code, because: message, advice };
    log[isNew ? 'warn' : 'debug']('the target cannot be reached', facts);
  });
  manager.on('policyViolation', (connection, { rule, message, during, target, address }) => {
    log.warn(`blocked by the policy: ${message}`, { connection, rule, during, target, address });
  });
  manager.on('policy', ({ path, unusable }) => {
    if (unusable !== undefined) log.error(unusable);
    else log.info(path === undefined ? 'policy read again: there is none' : 'policy read again', { path });
  });
  manager.on('warning', (connection, problem) => log.warn(problem.message, { connection }));
}

/** @param outages - by connection, what was said last about the relay: said once, not at each attempt. */
function tellState(log: Log, connection: string, state: ConnectionState, outages: Map<string, string>): void {
  switch (state.name) {
    case 'online':
      outages.delete(connection);
      log.info('online', { connection });
      break;
    case 'waiting':
    case 'refused':
    case 'discontinued': {
      const { because, advice, retryAt } = state;
      const isNew = outages.get(connection) !== because.message;
      outages.set(connection, because.message);
      log[isNew ? 'warn' : 'debug'](outageOf(state), { connection, because, advice, retryAt });
      break;
    }
    default:
      log.debug(state.name, { connection });
  }
}

function outageOf(state: Extract<ConnectionState, { readonly because: Error }>): string {
  if (state.name === 'discontinued') return `discontinued: ${state.statement}`;
  const { code } = state.because as NodeJS.ErrnoException;
  if (state.name === 'waiting')
    return isByRelay(code) ? 'the relay let go of it' : 'the relay is out of reach';
  return code?.startsWith('ERR_RELAY_') ? 'the relay refuses' : 'the relay names no endpoint';
}

/** It was there, and said why. */
function isByRelay(code: string | undefined): boolean {
  return code === 'ERR_RELAY_CLOSED' || code === 'ERR_RELAY_UNAUTHORIZED';
}
