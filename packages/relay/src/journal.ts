/**
 * Writes each event of the relay once: to those who listen, and to the log.
 * @module
 */
import { EventEmitter } from 'node:events';
import type { HybridConnection } from './directory/directory.js';
import type { RelayEvent, RelayEvents } from './events.js';
import { type Logger, silentLogger } from './logger.js';

/** How an event reads in a log, and how much it matters. */
const LINES: Readonly<Record<keyof RelayEvents, readonly ['debug' | 'info' | 'warn', string]>> = {
  'listener-registered': ['info', 'A listener is connected'],
  'listener-unregistered': ['info', 'A listener is gone'],
  'listener-slow': ['warn', 'A listener does not come when it is called, and is passed over for a while'],
  'sender-connecting': ['debug', 'A sender waits for a listener'],
  'listener-calling': ['debug', 'A listener is about to be called'],
  'listener-called': ['debug', 'A listener is called'],
  'listener-accepting': ['debug', 'A listener comes for a sender'],
  'listener-declined': ['debug', 'A listener cannot reach its target'],
  'tunnel-opened': ['debug', 'A sender and a listener are joined'],
  'tunnel-closed': ['debug', 'A joined connection is closed'],
  'request-received': ['debug', 'An HTTP request wants a listener'],
  'response-begun': ['debug', 'A listener answers an HTTP request'],
  'request-ended': ['debug', 'An HTTP request is over'],
  refused: ['warn', 'A request was refused'],
};

/** The relay's one way to say what happened. */
export class Journal {
  readonly events = new EventEmitter<RelayEvents>();
  readonly #logger: Logger;
  readonly #now: () => number;

  constructor(logger: Logger, now: () => number) {
    this.#logger = logger;
    this.#now = now;
  }

  /** The logger itself, for what is not an event. */
  get log(): Logger {
    return this.#logger;
  }

  /** Whether anybody would be told: an event of which there are thousands a second need not be made otherwise. */
  hears(name: keyof RelayEvents): boolean {
    return this.#isLogged(LINES[name][0]) || this.events.listenerCount(name) > 0;
  }

  /** Emits and logs an event, with the time added. */
  record<Name extends keyof RelayEvents>(name: Name, details: Omit<RelayEvents[Name][0], 'time'>): void {
    if (!this.hears(name)) return;
    const event = { ...details, time: new Date(this.#now()) } as unknown as RelayEvents[Name][0];
    const [level, message] = LINES[name];
    if (this.#isLogged(level)) {
      const { time: _, ...fields } = event as RelayEvent;
      this.#logger[level](message, fields);
    }
    (this.events as EventEmitter).emit(name, event);
  }

  /** A listener is about to be told of a sender or a request. */
  listenerCalling(whom: Called, isRequest: boolean): void {
    if (!this.hears('listener-calling')) return;
    this.record('listener-calling', { ...about(whom), operationName: 'MessageSendingToListener', isRequest });
  }

  /** It was. */
  listenerCalled(whom: Called, isRequest: boolean, listenerId: string): void {
    if (!this.hears('listener-called')) return;
    const operationName = 'MessageSentToListener';
    this.record('listener-called', { ...about(whom), operationName, isRequest, listenerId });
  }

  #isLogged(level: 'debug' | 'info' | 'warn'): boolean {
    return this.#logger !== silentLogger && (this.#logger.isLevelEnabled?.(level) ?? true);
  }
}

/** For whom a listener is called. */
interface Called {
  readonly hybridConnection: HybridConnection;
  readonly trackingId: string;
}

function about({ hybridConnection, trackingId }: Called) {
  return { namespace: hybridConnection.namespace.name, hybridConnection: hybridConnection.name, trackingId };
}
