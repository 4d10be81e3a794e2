/**
 * Ends a process whose event loop stands still, so that whatever started it can start it again.
 *
 * A hung process holds its port, answers nobody, and looks alive to a service manager. It cannot notice that itself, so a thread beside
 * it does: the main thread moves a number now and then, and the thread counts how often in a row it found the number where it was. It
 * counts looks, not time: whoever sleeps, is paused or is stopped by a signal does not look either. While an inspector is open the
 * process may rest at a breakpoint for as long as somebody reads.
 *
 * Before the end the thread writes a log line to standard error, with the place where the loop stands if it stands in JavaScript. It does
 * so itself, since all else goes by the main thread; and it waits no longer than a second for that, since a reader of the log that
 * stopped to read may be what everything waits for.
 *
 * Source: docs/decisions/0083-a-relay-as-a-service.md.
 * @module
 */
import { Worker } from 'node:worker_threads';

/** When a process counts as hung, and how that is told. */
export interface WatchdogOptions {
  /** How long it may stand still, in milliseconds. */
  readonly silenceMs: number;
  /** The log line as JSON, instead of text. */
  readonly json: boolean;
}

/**
 * What ends the process: the kernel does it, however busy it is. Nothing else uses this signal, by default it ends a process, and it leaves
 * no image of the memory behind, which has keys in it.
 */
const END_SIGNAL: NodeJS.Signals = process.platform === 'win32' ? 'SIGKILL' : 'SIGALRM';

/** The most time between two looks, in milliseconds. */
const LOOK_MS = 1_000;
/** How often it looks within the silence that is allowed, at least. */
const LOOKS = 10;

/** Starts to watch this process, which ends by SIGALRM (exit status 142) when it hangs. @returns what ends the watch */
export function watchdog({ silenceMs, json }: WatchdogOptions): () => void {
  const lookMs = Math.min(LOOK_MS, Math.max(1, Math.floor(silenceMs / LOOKS)));
  const beats = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  // Looked up now: some builds of Node have none, and most programs that load this package have no use for it.
  const inspector = process.getBuiltinModule('node:inspector');
  const beat = () => {
    Atomics.store(beats, 1, inspector?.url() === undefined ? 0 : 1);
    Atomics.add(beats, 0, 1);
  };
  beat();
  const thread = new Worker(THREAD, {
    eval: true,
    name: 'watchdog',
    workerData: { beats, lookMs, looks: Math.ceil(silenceMs / lookMs), silenceMs, json, signal: END_SIGNAL },
    // Nothing that the process was started with is for it, such as modules that are loaded first.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 },
  });
  thread.unref();
  // Without it the process goes on as it would have.
  thread.on('error', () => undefined);
  const timer = setInterval(beat, lookMs).unref();
  return () => {
    clearInterval(timer);
    void thread.terminate();
  };
}

/** The thread. A text, since a program that is bundled has no file for it. */
const THREAD = `
const { workerData } = require('node:worker_threads');
const { write } = require('node:fs');
const { beats, lookMs, looks, silenceMs, json, signal } = workerData;

let seen = 0;
let still = 0;
const timer = setInterval(() => {
  const now = Atomics.load(beats, 0);
  const isHeld = Atomics.load(beats, 1) === 1;
  still = now === seen && !isHeld ? still + 1 : 0;
  seen = now;
  if (still < looks) return;
  clearInterval(timer);
  whereItStands(end);
}, lookMs);

function whereItStands(tell) {
  let told = (frames) => {
    told = () => {};
    tell(frames);
  };
  setTimeout(() => told(undefined), 1000);
  try {
    const { Session } = require('node:inspector');
    const session = new Session();
    const scripts = new Map();
    session.connectToMainThread();
    session.on('Debugger.scriptParsed', ({ params }) => scripts.set(params.scriptId, params.url));
    session.on('Debugger.paused', ({ params }) => {
      told(params.callFrames.slice(0, 8).map(({ functionName, location }) =>
        (functionName || '(anonymous)') + ' ' + scripts.get(location.scriptId) + ':' + (location.lineNumber + 1)));
    });
    session.post('Debugger.enable');
    session.post('Debugger.pause');
  } catch {
    told(undefined);
  }
}

function end(frames) {
  const time = new Date().toISOString();
  const message = 'the event loop stands still: this process ends itself, to be started again';
  const at = frames ?? ['not in JavaScript: it waits for the system, such as for a disk or for who reads the log'];
  const line = json
    ? JSON.stringify({ time, level: 'error', message, standsStillMs: silenceMs, at })
    : time + ' error ' + message + ' standsStillMs=' + silenceMs + ' at=' + JSON.stringify(at.join(' < '));
  const kill = () => {
    process.kill(process.pid, signal);
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1000);
  };
  setTimeout(kill, 1000);
  write(2, line + '\\n', kill);
}
`;
