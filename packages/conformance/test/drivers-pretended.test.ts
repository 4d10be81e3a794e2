/** Clients of servers that cannot be had here: each speaks its protocol to something that speaks as much of it as it takes. */
import { describe } from 'vitest';
import { clientSuite } from '../src/driver-suite/client-suite.js';
import { CLIENT_ROWS, SQL_ROWS, sqlRows } from '../src/driver-suite/rows.js';
import { requireBuild } from '../src/processes.js';
import { startPretendedKafka } from '../src/services/pretended-kafka.js';
import { startPretendedMongod } from '../src/services/pretended-mongod.js';
import { running } from '../src/services/running.js';
import { startTds } from '../src/services/tds.js';

requireBuild();

describe('TDS through a tunnel', () => {
  sqlRows(SQL_ROWS['a TDS server'], running(startTds));
});

describe('what a MongoDB driver says, through a tunnel', () => {
  clientSuite(CLIENT_ROWS['a pretended MongoDB'], running(startPretendedMongod));
});

describe('what a Kafka client says, through a tunnel', () => {
  clientSuite(CLIENT_ROWS['a pretended Kafka'], running(startPretendedKafka));
});
