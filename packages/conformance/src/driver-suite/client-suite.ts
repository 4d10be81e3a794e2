/**
 * The driver suite for clients that speak no SQL.
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RestartableService } from '../services/service.js';
import { Tunnel } from '../tunnel.js';
import type { ClientDriver } from './client.js';
import { exits } from './exits.js';
import { losses } from './losses.js';
import { isOneOf, reasons } from './reasons.js';
import { rowOf } from './rows.js';

const BIG_BYTES = 3_000_000;

/**
 * Defines the tests, losses among them.
 * @param service - gives the server once the tests run; it is not stopped here.
 */
export function clientSuite<Service extends RestartableService & { readonly tlsPort?: number }>(
  driver: ClientDriver<Service>,
  service: () => Service,
): void {
  describe.each(rowOf(driver.server, driver.name).ways)(`${driver.name}, %s,`, (way) => {
    let tunnel: Tunnel;
    const open = (connectionString = tunnel.connectionString) =>
      driver.open(connectionString, service(), way);

    beforeAll(async () => {
      const { host, port, tlsPort = port } = service();
      tunnel = await Tunnel.open({ host, port: way === 'tls' ? tlsPort : port });
    });
    afterAll(async () => {
      await tunnel?.idle();
      await tunnel?.close();
    });

    it('gets an answer, and an answer of 3 MB whole', async () => {
      const client = await open();
      await client.ask();
      expect(await client.move(BIG_BYTES)).toBe(BIG_BYTES);
      if (client.together !== undefined) expect(await client.together()).toBe(true);
      await client.end();
    });

    it('gets thirty answers at once', async () => {
      const client = await open();
      expect(await Promise.all(Array.from({ length: 30 }, () => client.ask()))).toHaveLength(30);
      await client.end();
    });

    it.each(['nobody listens', 'the target refuses'])('is told ECONNREFUSED when %s', async (why) => {
      const { unusedConnectionString, refusingConnectionString } = tunnel;
      const error = await refusal(() =>
        open(why === 'nobody listens' ? unusedConnectionString : refusingConnectionString),
      );
      expect(isOneOf(error, [driver.refused]), reasons(error).map(String).join()).toBe(true);
    });

    it('lets the process exit by itself once it has ended', async () => {
      const { connectionString } = tunnel;
      await exits('client-exits.mjs', { driver: driver.name, way, connectionString, service: service() });
    });
  });

  losses([driver], service);

  /** The error of the first question, or of opening, whichever it is that the driver tells. */
  async function refusal(open: () => ReturnType<typeof driver.open>): Promise<unknown> {
    let client: Awaited<ReturnType<typeof open>> | undefined;
    try {
      client = await open();
      await client.ask();
    } catch (error) {
      return error;
    } finally {
      await client?.end();
    }
    throw new Error('The question was answered');
  }
}
