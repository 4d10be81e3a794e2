/**
 * Programs in other languages, with what they need to talk to the services of the tests.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findPrograms } from './programs.js';
import { type Found, missing } from './service.js';

/** Where Debian puts it. */
const JDBC_DRIVER = '/usr/share/java/mariadb-java-client.jar';

/** psql, of any version. It comes with PostgreSQL's server, too. */
export function findPsql(): Found<'psql'> {
  const programs = findPrograms(['psql']);
  return programs === undefined ? missing('psql', 'postgresql-client') : { programs };
}

/** MariaDB's own client. */
export function findMariadbClient(): Found<'mariadb'> {
  const programs = findPrograms(['mariadb']);
  return programs === undefined ? missing("MariaDB's client", 'mariadb-client') : { programs };
}

/** curl, with TLS. */
export function findCurl(): Found<'curl'> {
  const programs = findPrograms(['curl']);
  return programs === undefined ? missing('curl', 'curl ca-certificates') : { programs };
}

/** PHP with PDO for MySQL. */
export function findPhp(): Found<'php'> {
  const programs = findPrograms(['php']);
  const has =
    programs !== undefined && succeeds(programs.php, ['-r', 'exit(extension_loaded("pdo_mysql") ? 0 : 1);']);
  return has ? { programs } : missing('PHP with PDO for MySQL', 'php-cli php-mysql');
}

/** Java that runs a source file, and a JDBC driver for MariaDB: its path. */
export function findJava(): Found<'java'> & { readonly driver: string } {
  const programs = findPrograms(['java', 'javac']);
  const has = programs !== undefined && existsSync(JDBC_DRIVER);
  const found = has
    ? { programs }
    : missing('Java with JDBC for MariaDB', 'default-jdk-headless libmariadb-java');
  return { ...(found as Found<'java'>), driver: JDBC_DRIVER };
}

/** Python with PyMySQL; that of the system, which has what the system's packages bring. */
export function findPython(): Found<'python3'> {
  const programs = findPrograms(['python3'], ['/usr/bin']);
  const has = programs !== undefined && succeeds(programs.python3, ['-c', 'import pymysql']);
  return has ? { programs } : missing('Python with PyMySQL', 'python3 python3-pymysql');
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
