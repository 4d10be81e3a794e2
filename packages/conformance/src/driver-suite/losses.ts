/**
 * What a driver makes of a connection that is lost in the middle of a query: its own error, and a new connection for the
 * next query.
 *
 * Servers are restarted once for all drivers: each loss happens to all of them at the same time.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TunnelSource } from '@hybridge/sender';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, within } from '../deadline.js';
import type { RestartableService } from '../services/service.js';
import { Tunnel } from '../tunnel.js';
import { AbortableSender } from './abortable-sender.js';
import type { ClientOptions, SqlDriver } from './driver.js';
import { isOneOf, reasons } from './reasons.js';

/** A driver that loses its connection. */
export interface LosingDriver<Service> {
  readonly name: string;
  /** What its error carries, or one that it wraps: one of these. */
  readonly lost: readonly object[];
  open(tunnel: TunnelSource, service: Service): Promise<LosingClient>;
}

/** Its pool, or whatever it has that connects again. */
export interface LosingClient {
  /** A question that is answered at once. */
  ask(): Promise<unknown>;
  /** A question that is not answered for half a minute. */
  wait(): Promise<unknown>;
  end(): unknown;
}

const LOSS_TIMEOUT_MS = 25_000;
const HEAL_TIMEOUT_MS = 30_000;
/** For a question to reach the server once its connection is open. */
const ARRIVAL_MS = 300;
/** What the application itself has done, in the words of Node, which some drivers pass on. */
const ABORTED = [{ name: 'AbortError' }, { code: 'ABORT_ERR' }];

/**
 * Defines the tests.
 * @param service - gives the server once the tests run; it is not stopped here.
 */
export function losses<Service extends RestartableService>(
  drivers: readonly LosingDriver<Service>[],
  service: () => Service,
): void {
  const told = drivers.map(({ name, lost }) => ({ name, lost }));

  describe.each(['target is restarted', 'relay is restarted', 'connection is aborted'])(
    'when the %s',
    (loss) => {
      let tunnel: Tunnel;
      let clients: LosingClient[] = [];
      const failures = new Map<string, unknown>();
      const healed = new Map<string, unknown>();

      beforeAll(async () => {
        tunnel = await Tunnel.open(service());
        const senders = drivers.map(() => new AbortableSender(tunnel.connectionString));
        clients = await Promise.all(drivers.map((each, index) => each.open(senders[index]!, service())));
        await Promise.all(clients.map((client) => client.ask()));
        const waiting = clients.map((client) => failure(client.wait()));
        await until(() => tunnel.openConnections >= drivers.length, 10_000, 'every driver to be connected');
        await sleep(ARRIVAL_MS);
        if (loss.startsWith('target')) await service().restart();
        else if (loss.startsWith('relay')) await tunnel.restartRelay();
        else for (const sender of senders) sender.abort();
        await Promise.all(
          drivers.map(async ({ name }, index) => {
            failures.set(name, await within(waiting[index]!, LOSS_TIMEOUT_MS, name).catch((late) => late));
            healed.set(name, await heal(clients[index]!));
          }),
        );
      }, 120_000);
      afterAll(async () => {
        await Promise.all(clients.map((client) => client.end()));
        await tunnel?.close();
      });

      it.each(told)('$name tells that its connection is lost', ({ name, lost }) => {
        const expected = loss.startsWith('connection') ? [...lost, ...ABORTED] : lost;
        const error = failures.get(name);
        expect(isOneOf(error, expected), JSON.stringify(reasons(error).map(words))).toBe(true);
      });

      it.each(told)('$name connects again', ({ name }) => {
        expect(healed.get(name)).toBe('healed');
      });
    },
  );
}

/** A pool of a SQL driver. */
export function losingPool<Service extends Pick<ClientOptions, 'user' | 'password' | 'database'>>(
  driver: SqlDriver,
): LosingDriver<Service> {
  return {
    name: driver.name,
    lost: driver.lost,
    async open(tunnel, { user, password, database }) {
      const client = await driver.open({
        ...{ tunnel, user, password, database, connections: 10, patienceMs: 10_000 },
      });
      return {
        ask: () => client.query('SELECT 1'),
        wait: () => client.query(driver.dialect.slow),
        end: () => client.end(),
      };
    },
  };
}

async function failure(question: Promise<unknown>): Promise<unknown> {
  try {
    return `It was answered: ${JSON.stringify(await question)}`;
  } catch (error) {
    return error;
  }
}

/** Asks until there is an answer. The first questions may still meet what the loss has left behind. */
async function heal(client: LosingClient): Promise<unknown> {
  let last: unknown;
  const deadline = performance.now() + HEAL_TIMEOUT_MS;
  while (performance.now() < deadline) {
    try {
      await within(client.ask(), HEAL_TIMEOUT_MS, 'an answer');
      return 'healed';
    } catch (error) {
      last = error;
      await sleep(100);
    }
  }
  return last;
}

function words(reason: object): object {
  const { name, code, message } = reason as Readonly<Record<string, unknown>>;
  return { name, code, message };
}
