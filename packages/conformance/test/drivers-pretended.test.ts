/** Clients of servers that cannot be had here: each speaks its protocol to something that speaks as much of it as it takes. */
import { describe } from 'vitest';
import { clientSuite } from '../src/driver-suite/client-suite.js';
import { kafkajsDriver } from '../src/driver-suite/kafkajs.js';
import { losingPool } from '../src/driver-suite/losses.js';
import { mongodbDriver } from '../src/driver-suite/mongodb.js';
import { sqlRows } from '../src/driver-suite/sql-rows.js';
import { losingTedious, mssqlDriver, tediousDriver } from '../src/driver-suite/tedious.js';
import { requireBuild } from '../src/processes.js';
import { startPretendedKafka } from '../src/services/pretended-kafka.js';
import { startPretendedMongod } from '../src/services/pretended-mongod.js';
import { running } from '../src/services/running.js';
import { startTds } from '../src/services/tds.js';

requireBuild();

describe('SQL Server and its protocol', () => {
  sqlRows('a TDS server', [tediousDriver, mssqlDriver], running(startTds), (driver) =>
    driver === tediousDriver ? losingTedious : losingPool(driver),
  );
});

describe('what a MongoDB driver says, through a tunnel', () => {
  clientSuite(mongodbDriver, running(startPretendedMongod));
});

describe('what a Kafka client says, through a tunnel', () => {
  clientSuite(kafkajsDriver, running(startPretendedKafka));
});
