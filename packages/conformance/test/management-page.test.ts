/**
 * What docs/management.md shows is true: its commands are run against a relay, and it names every endpoint of our own.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { RelayServer } from '@hybridge/relay';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../../docs/management.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text]) => text!);
const hasCurl = spawnSync('curl', ['--version']).status === 0;

let relay: RelayServer;
let admin: string;
beforeAll(async () => {
  relay = new RelayServer({ listen: { port: 0 }, admin: { port: 0 } });
  admin = (await relay.listen()).admin!;
});
afterAll(() => relay.close({ graceMs: 0 }));

/** Runs a script that stops at the first failure. */
const run = (script: string): Promise<{ code: number | null; said: string }> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH, ADMIN: admin, TOKEN: relay.adminToken };
    const child = spawn('sh', ['-ec', script], { env });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
    child.once('close', (code) => resolve({ code, said }));
  });

describe('the guide to management', () => {
  it('has examples', () => {
    expect(examples.filter((text) => text.includes('curl')).length).toBeGreaterThan(3);
  });

  // The first only reads the token of a relay that was started by hand.
  const runnable = examples.filter((text) => text.includes('curl'));
  it.skipIf(!hasCurl).each(runnable)('shows what works: %s', async (script) => {
    const { code, said } = await run(script);
    expect(said).not.toMatch(/"error"|curl:/);
    expect(code).toBe(0);
  });

  it('names every endpoint of our own, with its role', async () => {
    const document = (await (await fetch(`${admin}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { description: string }>>;
    };
    const own = Object.entries(document.paths)
      .filter(([path]) => path.startsWith('/api/'))
      .flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, { description }]) => ({
          address: `${method.toUpperCase()} ${path}`,
          role: /role (\w+)/.exec(description)?.[1],
        })),
      );
    const listed = [...page.matchAll(/^\| `((?:GET|POST|PUT|PATCH|DELETE) \/api\/\S+)` +\| (\w+) /gm)].map(
      ([, address, role]) => ({ address, role }),
    );
    const sorted = (list: readonly { address?: string | undefined }[]) =>
      [...list].sort((one, other) => (one.address! < other.address! ? -1 : 1));
    expect(sorted(listed)).toEqual(sorted(own));
  });
});
