/**
 * The tests of a database server: of all drivers and mappers that have a row for it.
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { RestartableService, Service } from '../services/service.js';
import type { SqlDriver } from './driver.js';
import { type LosingDriver, losingPool, losses } from './losses.js';
import { ROWS, rowOf } from './rows.js';
import { driverSuite } from './suite.js';

/**
 * Defines the tests of a server's rows.
 * @param drivers - those that have a row for it
 * @param losing - a driver that loses its connection, where that is not simply a pool
 */
export function sqlRows(
  server: string,
  drivers: readonly SqlDriver[],
  service: () => Service & Partial<RestartableService>,
  losing: (driver: SqlDriver) => LosingDriver<Service> = losingPool,
): void {
  describe(`${server} through a tunnel`, () => {
    it('has every driver of its rows', () => {
      const rows = ROWS.filter((row) => row.server === server).map(({ driver }) => driver);
      expect(drivers.map(({ name }) => name).sort()).toEqual(rows.sort());
    });

    for (const driver of drivers) {
      const { ways, connections } = rowOf(server, driver.name);
      for (const way of ways) driverSuite(driver, service, { tls: way === 'tls', connections });
    }
    const lost = drivers.filter(({ name }) => rowOf(server, name).losses).map(losing);
    if (lost.length > 0) {
      losses<Service & RestartableService>(lost, service as () => Service & RestartableService);
    }
  });
}
