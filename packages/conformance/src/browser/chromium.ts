/**
 * A headless Chromium with an empty profile, started for one test file and ended after it.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { within } from '../deadline.js';
import { type DevtoolsEvent, DevtoolsPipe } from './devtools-pipe.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** It draws nothing, keeps nothing, and talks to nobody on its own account. */
const FLAGS = [
  '--headless',
  '--no-sandbox', // continuous integration is root, for whom there is none
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--remote-debugging-pipe',
];

/** The running browser. */
export class Chromium {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #pipe: DevtoolsPipe;
  readonly #kill = () => this.#child.kill('SIGKILL');

  private constructor(program: string, flags: readonly string[]) {
    this.#profile = mkdtempSync(join(tmpdir(), 'hybridge-chromium-'));
    this.#child = spawn(program, [...FLAGS, ...flags, `--user-data-dir=${this.#profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, HOME: this.#profile },
    });
    process.once('exit', this.#kill);
    const [, , , toBrowser, fromBrowser] = this.#child.stdio;
    this.#pipe = new DevtoolsPipe(toBrowser as Writable, fromBrowser as Readable);
  }

  /** Starts it. @param flags - more of them */
  static async start(program: string, flags: readonly string[] = []): Promise<Chromium> {
    const chromium = new Chromium(program, flags);
    await within(chromium.#pipe.call('Browser.getVersion'), START_TIMEOUT_MS, 'Chromium');
    return chromium;
  }

  /** Opens a page. Certificates of strangers are good enough: the tests make their own. */
  async open(url: string): Promise<Page> {
    const { targetId } = await this.#pipe.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.#pipe.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this.#pipe, sessionId as string);
    await page.call('Network.enable');
    await page.call('Security.enable');
    await page.call('Security.setIgnoreCertificateErrors', { ignore: true });
    await page.call('Page.enable');
    await page.call('Page.navigate', { url });
    return page;
  }

  /** Ends it, and removes its profile. */
  async stop(): Promise<void> {
    process.off('exit', this.#kill);
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit');
      this.#pipe.call('Browser.close').catch(() => undefined); // it may be gone before it answers
      const force = setTimeout(this.#kill, STOP_TIMEOUT_MS);
      await exit;
      clearTimeout(force);
    }
    // Its helper processes may still be writing.
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** One page. */
export class Page {
  readonly #pipe: DevtoolsPipe;
  readonly #sessionId: string;

  constructor(pipe: DevtoolsPipe, sessionId: string) {
    this.#pipe = pipe;
    this.#sessionId = sessionId;
  }

  /** Calls a DevTools method on the page. */
  call(method: string, params: Readonly<Record<string, unknown>> = {}): ReturnType<DevtoolsPipe['call']> {
    return this.#pipe.call(method, params, this.#sessionId);
  }

  /** Listens to what DevTools tell of the page. */
  onEvent(method: string, listener: (params: DevtoolsEvent['params']) => void): void {
    this.#pipe.on('event', (event) => {
      if (event.sessionId === this.#sessionId && event.method === method) listener(event.params);
    });
  }

  /** The value of an expression, awaited if it is a promise. @throws Error with what was thrown there. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { readonly value?: unknown }).value;
  }
}
