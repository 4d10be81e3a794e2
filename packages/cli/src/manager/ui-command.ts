/**
 * `hybridge manager ui`: the address of the pages for browsers.
 *
 * It has a token in it, and command lines can be read by everybody on the machine; so a browser that is opened is given a file of this
 * user's own, which leads there.
 * @module
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { UiAddress } from '@hybridge/manager';
import type { Command } from 'commander';
import type { Surroundings } from '../surroundings.js';
import { ControlError } from './control-client.js';
import { type VerbOptions, verb, verbOf } from './verb.js';

interface UiOptions extends VerbOptions {
  readonly open?: true;
}

/** How long a browser has to read the file, in milliseconds. */
const READING_MS = 5_000;

/** The verb. */
export function uiCommand(surroundings: Surroundings): Command {
  return verb(
    'ui',
    'Print the address of the pages for a browser of this machine, with the token that opens them',
    ['hybridge manager ui', 'hybridge manager ui --open'],
  )
    .option('--open', 'open it in a browser')
    .action(async (options: UiOptions) => {
      const { client, print } = await verbOf(options, surroundings);
      const address = await client.ask<UiAddress>('GET', '/api/ui');
      print(address, () => `${address.url}\n`);
      if (options.open) await open(address.url, surroundings);
    });
}

/** @throws ControlError where there is no browser */
async function open(url: string, surroundings: Surroundings): Promise<void> {
  // Ctrl-C does not leave the file behind.
  const left = new AbortController();
  void surroundings.interrupts().first.then(() => left.abort());
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-'));
  try {
    const file = join(folder, 'open.html');
    const page = `<!doctype html><meta charset="utf-8"><title>Hybridge</title><meta http-equiv="refresh" content="0; url=${url}">\n`;
    writeFileSync(file, page, { mode: 0o600 });
    await started(browser(pathToFileURL(file).href, surroundings.env));
    await delay(READING_MS, undefined, { signal: left.signal }).catch(() => undefined);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function browser(address: string, env: Surroundings['env']): readonly [string, ...string[]] {
  if (env.BROWSER?.trim()) return [env.BROWSER.trim(), address];
  if (process.platform === 'darwin') return ['open', address];
  if (process.platform === 'win32') return ['explorer.exe', address];
  return ['xdg-open', address];
}

function started([command, ...args]: readonly [string, ...string[]]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'ignore', detached: true });
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
    child.once('error', (cause) => {
      const message = `no browser could be opened (${command}: ${(cause as NodeJS.ErrnoException).code}): open the address by hand`;
      reject(new ControlError('ERR_MANAGER_REFUSED', message, { cause }));
    });
  });
}
