/**
 * How a hybrid connection stands once it is known what came of a command.
 * @module
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@hybridge/manager';
import type { ControlClient } from './control-client.js';
import { pathOfConnection } from './verb.js';

/** How long an outcome is waited for, in milliseconds, and how often it is looked. */
const WAIT_MS = 5_000;
const LOOK_MS = 150;

/**
 * Waits until it is known, or for some seconds.
 * @param former - how it stood before it was changed: what is tried again keeps saying that it does not work until it does
 */
export async function settledConnection(
  client: ControlClient,
  connection: Connection,
  former?: Connection,
): Promise<Connection> {
  let now = connection;
  const until = performance.now() + WAIT_MS;
  while (!isSettled(now, former) && performance.now() < until) {
    await delay(LOOK_MS);
    now = await client.ask<Connection>('GET', pathOfConnection(connection));
  }
  return now;
}

/** What the configuration says has been taken by the relay. */
export function isInForce({ state, replacement }: Connection): boolean {
  return state.name === 'online' && replacement === undefined;
}

const PASSING: readonly string[] = ['stopped', 'resolving', 'connecting'];

function isSettled(now: Connection, former: Connection | undefined): boolean {
  const { state, replacement } = now;
  if (replacement !== undefined) return replacement.because !== undefined;
  if (PASSING.includes(state.name)) return false;
  // Until the relay has been asked, the former target is what there is.
  const isToldByRelay = former?.isConfiguredEndpoint === true && !now.isConfiguredEndpoint;
  if (isToldByRelay && state.name === 'online' && now.relay?.at === former.relay?.at) return false;
  return isInForce(now) || state.retryAt === undefined || state.retryAt !== former?.state.retryAt;
}
