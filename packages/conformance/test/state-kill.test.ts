/**
 * A relay that is killed while it writes its state, again and again: what it acknowledged is there, and the file always
 * can be read.
 *
 * `HYBRIDGE_KILLS` says how often; 200 times where `HYBRIDGE_REQUIRE_SERVICES=1` asks for everything.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { RelayServer } from '@hybridge/relay';
import { build } from 'tsup';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { servicesRequired } from '../src/services/service.js';

const SOURCE = fileURLToPath(new URL('./programs/change-state.mjs', import.meta.url));
/** All of it in one file, which starts in half of the time. Beside the other builds: the relay looks for itself from there. */
const BUILT = fileURLToPath(new URL('../dist/programs', import.meta.url));
const KILLS = Number(process.env.HYBRIDGE_KILLS ?? (servicesRequired ? 200 : 15));
/** How long a relay goes on changing before it is killed, at most. */
const LIFE_MS = 60;

/** Last number that was acknowledged, by lane. */
type Acknowledged = Map<string, number>;

/** Lets a relay change things, and kills it. */
async function live(dataDir: string, first: number, acknowledged: Acknowledged): Promise<void> {
  const child = spawn(process.execPath, [join(BUILT, 'change-state.js'), dataDir, String(first)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (bytes) => {
    errors += String(bytes);
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const closed = once(lines, 'close');
  let killing: Promise<void> | undefined;
  lines.on('line', (line) => {
    const [lane = '', number] = line.split(' ');
    acknowledged.set(lane, Number(number));
    killing ??= sleep(Math.random() * LIFE_MS).then(() => void child.kill('SIGKILL'));
  });
  const [, signal] = await exited;
  await closed;
  if (signal !== 'SIGKILL') throw new Error(`the relay ended by itself\n${errors}`);
  await killing;
}

beforeAll(() =>
  build({
    ...{ entry: [SOURCE], outDir: BUILT, config: false, silent: true, clean: false, splitting: false },
    ...{ format: 'esm', platform: 'node', target: 'node20', noExternal: [/./] },
    // Some of what the relay uses is CommonJS.
    banner: {
      js: "import { createRequire as requiring } from 'node:module'; const require = requiring(import.meta.url);",
    },
  }),
);

it('a relay that is killed while it is changed has all that it acknowledged', {
  timeout: 60_000 + KILLS * 5_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-kill-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const dataDir = join(folder, 'data');
  let first = 1;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const acknowledged: Acknowledged = new Map();
    await live(dataDir, first, acknowledged);
    // It takes over the lock of the one that was killed, and refuses a file that it cannot read.
    const relay = new RelayServer({ dataDir, listen: { port: 0 } });
    await relay.listen();
    const [{ hybridConnections, authorizationRules }] = relay.managed.model.namespaces as [
      (typeof relay.managed.model.namespaces)[0],
    ];
    await relay.close();
    const names = new Set(hybridConnections.map(({ name }) => name));
    for (const [lane, number] of acknowledged) {
      const rule = authorizationRules.find(({ name }) => name === lane);
      const kept = Number(rule?.primaryKey.slice('key-'.length));
      expect(kept).toBeGreaterThanOrEqual(number);
      // Only what came after the acknowledged one may have done more.
      expect(names.has(`${lane}-${kept}`) || names.has(`${lane}-${kept + 1}`)).toBe(true);
      expect(names.has(`${lane}-${number - 1}`)).toBe(false);
    }
    expect(acknowledged.size).toBeGreaterThan(0);
    first =
      1 + Math.max(first, ...authorizationRules.map(({ primaryKey }) => Number(primaryKey.slice(4)) || 0));
  }
  expect(readdirSync(dataDir).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});
