/** Clients of real servers that speak no SQL. */
import { describe } from 'vitest';
import { clientSuite } from '../src/driver-suite/client-suite.js';
import { ioredisDriver } from '../src/driver-suite/ioredis.js';
import { ldaptsDriver } from '../src/driver-suite/ldapts.js';
import { nodemailerDriver } from '../src/driver-suite/nodemailer.js';
import { ssh2Driver } from '../src/driver-suite/ssh2.js';
import { requireBuild } from '../src/processes.js';
import { findRedis, startRedis } from '../src/services/redis.js';
import { running } from '../src/services/running.js';
import { findSlapd, startSlapd } from '../src/services/slapd.js';
import { startSmtp } from '../src/services/smtp.js';
import { findSshd, startSshd } from '../src/services/sshd.js';

requireBuild();
const redis = findRedis();
const slapd = findSlapd();
const sshd = findSshd();

describe.skipIf(redis.missing)('Redis through a tunnel', () => {
  clientSuite(
    ioredisDriver,
    running(() => startRedis(redis.programs!)),
  );
});

describe.skipIf(slapd.missing)('OpenLDAP through a tunnel', () => {
  clientSuite(
    ldaptsDriver,
    running(() => startSlapd(slapd.programs!)),
  );
});

describe('SMTP through a tunnel', () => {
  clientSuite(nodemailerDriver, running(startSmtp));
});

describe.skipIf(sshd.missing)('OpenSSH through a tunnel', () => {
  clientSuite(
    ssh2Driver,
    running(() => startSshd(sshd.programs!)),
  );
});
