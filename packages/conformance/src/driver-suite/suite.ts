/**
 * The driver suite: a driver that is given our socket works as it does with a TCP connection of its own.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../services/service.js';
import { Tunnel } from '../tunnel.js';
import type { SqlClient, SqlDriver } from './driver.js';
import { exits } from './exits.js';
import { isOneOf } from './reasons.js';

const BIG_BYTES = 3_000_000;
const PATIENCE_MS = 10_000;

/**
 * Defines the tests.
 * @param service - gives the server once the tests run; it is not stopped here.
 */
export function driverSuite(
  driver: SqlDriver,
  service: () => Service,
  options: { readonly tls: boolean; readonly connections?: readonly number[] },
): void {
  describe(`${driver.name}${options.tls ? ' with TLS' : ''}`, () => {
    let tunnel: Tunnel;

    beforeAll(async () => {
      tunnel = await Tunnel.open(service());
    });
    afterAll(async () => {
      // A driver may still be closing what it opened ahead; cutting that would be an error that nobody awaits.
      await tunnel?.idle();
      await tunnel?.close();
    });

    const open = async (
      connections: number,
      connectionString = tunnel.connectionString,
      patienceMs = PATIENCE_MS,
    ) => {
      const { user, password, database, ca, servername } = service();
      return driver.open({
        ...{ user, password, database, connections, patienceMs },
        tunnel: connectionString,
        ...(options.tls ? { tls: { ca: ca!, servername: servername! } } : {}),
      });
    };

    describe.each(options.connections ?? [1, 10])('with connections: %i', (connections) => {
      it('gets an answer to a query', async () => {
        const client = await open(connections);
        expect(await client.query("SELECT 'answer' AS word")).toEqual([{ word: 'answer' }]);
        await client.end();
      });

      it('gets a result of 3 MB whole', async () => {
        const client = await open(connections);
        const [row] = await client.query(`SELECT REPEAT('x', ${BIG_BYTES}) AS big`);
        expect(row?.big === 'x'.repeat(BIG_BYTES)).toBe(true);
        await client.end();
      });

      it('commits one transaction and rolls another back', async () => {
        const client = await open(connections);
        const table = `t_${Math.random().toString(36).slice(2)}`;
        await client.query(`CREATE TABLE ${table} (id INT)`);
        await client.transaction(async (session) => {
          await session.query(`INSERT INTO ${table} VALUES (1)`);
        });
        const undone = client.transaction(async (session) => {
          await session.query(`INSERT INTO ${table} VALUES (2)`);
          throw new Error('changed my mind');
        });
        await expect(undone).rejects.toThrow('changed my mind');
        expect(await client.query(`SELECT id FROM ${table}`)).toEqual([{ id: 1 }]);
        await client.query(`DROP TABLE ${table}`);
        await client.end();
      });

      it("gets the server's own error, and goes on", async () => {
        const client = await open(connections);
        const error = await failure(client.query('SELECT * FROM nowhere_to_be_found'));
        expect(isOneOf(error, [driver.noSuchTable]), String(error)).toBe(true);
        expect(await client.query("SELECT 'on' AS it")).toEqual([{ it: 'on' }]);
        await client.end();
      });

      it('is told ECONNREFUSED when nobody listens', async () => {
        const error = await refusal(open(connections, tunnel.unusedConnectionString, 1000));
        expect(isOneOf(error, [{ code: 'ECONNREFUSED' }]), String(error)).toBe(true);
      });

      it('is told ECONNREFUSED when the target refuses', async () => {
        const error = await refusal(open(connections, tunnel.refusingConnectionString, 1000));
        expect(isOneOf(error, [{ code: 'ECONNREFUSED' }]), String(error)).toBe(true);
      });
    });

    it('serves ten queries at once through ten connections', async () => {
      const client = await open(10);
      const rows = await Promise.all(
        Array.from({ length: 30 }, (_, index) => client.query(`SELECT 'q${index}' AS word`)),
      );
      expect(rows).toEqual(Array.from({ length: 30 }, (_, index) => [{ word: `q${index}` }]));
      await client.end();
    });

    const { cipher } = driver.dialect;
    if (options.tls && cipher !== undefined) {
      it('is encrypted from the driver to the server', async () => {
        const client = await open(1);
        const [row] = await client.query(cipher);
        expect(String(row?.cipher)).toMatch(/^TLS_/);
        await client.end();
      });
    }
    if (!options.tls) {
      it('lets the process exit by itself once the pool is ended', async () => {
        const { user, password, database } = service();
        const config = { driver: driver.name, user, password, database };
        await exits('pool-exits.mjs', { ...config, connectionString: tunnel.connectionString });
      });
    }
  });
}

/** The error of the first query, or of opening, whichever it is that the driver tells. */
async function refusal(opening: Promise<SqlClient>): Promise<unknown> {
  let client: SqlClient | undefined;
  try {
    client = await opening;
    return await failure(client.query('SELECT 1'));
  } catch (error) {
    return error;
  } finally {
    await client?.end();
  }
}

async function failure(query: Promise<unknown>): Promise<unknown> {
  try {
    await query;
  } catch (error) {
    return error;
  }
  throw new Error('The query was answered');
}
