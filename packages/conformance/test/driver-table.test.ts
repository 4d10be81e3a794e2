/** The table of drivers in the sender's README says what the rows of the suites are, and nothing more. */
import { readFileSync } from 'node:fs';
import * as sender from '@hybridge/sender';
import { describe, expect, it } from 'vitest';
import { ROWS } from '../src/driver-suite/rows.js';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const versions: Record<string, string> = JSON.parse(read('../package.json')).devDependencies;
const cells =
  /^\| `(?<name>[^`]+)`(?: (?<version>\S+))? +\| (?<how>.+?) +\| (?<servers>.+?) +\| (?<tls>.+?) +\| (?<losses>yes|no) +\|$/;

const table = read('../../sender/README.md')
  .split('\n')
  .map((line) => cells.exec(line)?.groups)
  .filter((groups) => groups !== undefined)
  .map(({ name, version, how, servers, tls, losses }) => ({
    ...{ name: name!, version, how: how! },
    claim: { servers: new Set(servers!.split(', ')), tls: ways(tls!), losses: losses === 'yes' },
  }));

/** A mapper is one row, whatever it is over. */
const run = new Map<string, { servers: Set<string>; tls: Set<string>; losses: boolean }>();
for (const { server, driver, ways: taken, losses } of ROWS) {
  const name = driver.replace(/ over .*/, '');
  const known = run.get(name);
  const tls = taken.flatMap((way) => (way === 'tls' ? ['yes'] : way === 'starttls' ? ['STARTTLS'] : []));
  run.set(name, {
    servers: new Set([...(known?.servers ?? []), server]),
    tls: new Set([...(known?.tls ?? []), ...tls]),
    losses: losses || (known?.losses ?? false),
  });
}

describe('the table of drivers', () => {
  it('has a row for each driver that is run, and no other', () => {
    expect(table.map(({ name }) => name).sort()).toEqual([...run.keys()].sort());
  });

  it.each(table)('says of $name what is run', ({ name, claim }) => {
    expect(claim).toEqual(run.get(name));
  });

  it.each(table.filter(({ version }) => version !== undefined))(
    'has the version of $name',
    ({ name, version }) => {
      expect(version).toBe(versions[name]);
    },
  );

  it('names adapters that there are, all of them', () => {
    const named = new Set(table.flatMap(({ how }) => how.match(/\b(?:for|HybridConnection)[A-Z]\w+/g) ?? []));
    const exported = Object.keys(sender).filter((name) => /^for[A-Z]|Agent$/.test(name));
    expect([...named].sort()).toEqual(exported.sort());
  });
});

function ways(cell: string): Set<string> {
  return new Set(cell === 'no' ? [] : cell.split(', '));
}
