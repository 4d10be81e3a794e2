/** Clients of real servers that speak no SQL. */
import { describe } from 'vitest';
import { clientSuite } from '../src/driver-suite/client-suite.js';
import { CLIENT_ROWS } from '../src/driver-suite/rows.js';
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
    CLIENT_ROWS.Redis,
    running(() => startRedis(redis.programs!)),
  );
});

describe.skipIf(slapd.missing)('OpenLDAP through a tunnel', () => {
  clientSuite(
    CLIENT_ROWS.OpenLDAP,
    running(() => startSlapd(slapd.programs!)),
  );
});

describe('SMTP through a tunnel', () => {
  clientSuite(CLIENT_ROWS['smtp-server'], running(startSmtp));
});

describe.skipIf(sshd.missing)('OpenSSH through a tunnel', () => {
  clientSuite(
    CLIENT_ROWS.OpenSSH,
    running(() => startSshd(sshd.programs!)),
  );
});
