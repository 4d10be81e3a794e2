/**
 * The process that a worker is: a relay of its own, with a place among the others. Started by `RelayWorkers`.
 *
 * It lives as long as its channel to the primary process: when that ends, Node ends the process. Signals are the
 * primary's to handle, and come to the whole group of processes when they come from a terminal or a service manager.
 * @module
 */
import type { RelayEvents } from './events.js';
import type { LogFields, Logger, LoggerLevel } from './logger.js';
import { silentLogger } from './logger.js';
import { FIGURES_MS } from './metrics/meter.js';
import { RelayServer } from './relay-server.js';
import type { ToPrimary, ToWorker, WorkerStart } from './workers/messages.js';
import { Outbox } from './workers/outbox.js';
import { WorkerSeat } from './workers/worker-seat.js';

/** How often the others are told what is here. A limit is overrun by what comes in as much time, at most. */
const LOAD_INTERVAL_MS = 100;

/** How long after the relay is closed a connection may still be there. Control channels give theirs 2 s. */
const GOODBYE_MS = 2_500;

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

interface Running {
  readonly server: RelayServer;
  readonly seat: WorkerSeat;
  /** Resolves when it takes connections. */
  readonly listening: Promise<unknown>;
}

let running: Running | undefined;
/** What cannot be sent has nobody to go to: this process is about to end. */
const outbox = new Outbox<ToPrimary>((messages) => process.send!(messages, undefined, undefined, nothing));
let lastLoad = '{}';
const heard = new Map<keyof RelayEvents, (event: unknown) => void>();

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, nothing);
process.on('message', (messages: readonly ToWorker[]) => {
  for (const message of messages) handle(message);
});
send({ type: 'hello' });

function handle(message: ToWorker): void {
  if (message.type === 'start') {
    try {
      running = start(message);
    } catch (error) {
      fail(error as Error);
    }
    return;
  }
  if (message.type === 'pulse') {
    send(message);
    return;
  }
  if (running === undefined) {
    // It was not to be.
    if (message.type === 'close') process.exit(0);
    return;
  }
  const { server, seat, listening } = running;
  switch (message.type) {
    case 'hear':
      hear(server, message.names);
      break;
    case 'change':
      void listening.then(() => {
        server.repeat(message.applied);
        send({ type: 'changed', ask: message.ask });
      });
      break;
    case 'cut':
      send({ type: 'cut', ask: message.ask, wasThere: server.cutTunnel(message.tunnelId) });
      break;
    case 'status':
      void listening.then(() => send({ type: 'status', ask: message.ask, status: server.status() }));
      break;
    case 'certificate':
      void listening.then(() => server.setCertificate(message.tls));
      break;
    case 'close':
      void close(running, message.graceMs);
      break;
    default:
      seat.handle(message);
  }
}

function start(message: WorkerStart): Running {
  const { worker, config, namespaces, port, logLevel, listeners, elsewhere, heard: names } = message;
  const seat = new WorkerSeat({ number: worker, port, namespaces, listeners, elsewhere, send });
  const server = new RelayServer({ ...config, logger: loggerOf(logLevel) }, seat);
  hear(server, names);
  const listening = server.listen();
  listening.then(
    ({ url, own = '' }) => {
      send({ type: 'ready', url, own });
      setInterval(() => tellLoad(server), LOAD_INTERVAL_MS).unref();
      setInterval(() => tellFigures(server), FIGURES_MS).unref();
    },
    (error: NodeJS.ErrnoException) => fail(error),
  );
  return { server, seat, listening };
}

/** Ends the process once the primary knows why. */
function fail({ code, message }: NodeJS.ErrnoException): void {
  process.send!([{ type: 'failed', code, message }] satisfies ToPrimary[], () => process.exit(1));
}

/** Ends when the last connection is closed: listeners that were told to go elsewhere still have to say their part. */
async function close({ server, listening }: Running, graceMs: number | undefined): Promise<void> {
  await listening;
  await server.close(graceMs === undefined ? {} : { graceMs });
  tellFigures(server);
  process.channel?.unref();
  setTimeout(() => process.exit(0), GOODBYE_MS).unref();
}

/** Names of events that somebody at the primary wants to hear. Others are not sent. */
function hear(server: RelayServer, names: readonly (keyof RelayEvents)[]): void {
  const emitter = server.events as NodeJS.EventEmitter;
  for (const [name, listener] of heard) emitter.off(name, listener);
  heard.clear();
  for (const name of names) {
    const listener = (event: unknown) => send({ type: 'event', name, event });
    heard.set(name, listener);
    emitter.on(name, listener);
  }
}

/** Says what is here, when it is not what was said last. */
function tellLoad(server: RelayServer): void {
  const loads = server.load();
  const text = JSON.stringify(loads);
  if (text === lastLoad) return;
  lastLoad = text;
  send({ type: 'load', loads });
}

/** Says what is new in what this process measures. */
function tellFigures(server: RelayServer): void {
  send({ type: 'figures', figures: server.figures() });
}

function loggerOf(lowest: WorkerStart['logLevel']): Logger {
  if (lowest === 'silent') return silentLogger;
  const isSent = (level: LoggerLevel) => LEVELS.indexOf(level) >= LEVELS.indexOf(lowest);
  const writer = (level: LoggerLevel) =>
    isSent(level)
      ? (message: string, fields?: LogFields) => send({ type: 'log', level, message, fields })
      : nothing;
  return {
    isLevelEnabled: isSent,
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
  };
}

function send(message: ToPrimary): void {
  outbox.push(message);
}

function nothing(): void {}
