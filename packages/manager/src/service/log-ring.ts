/**
 * The last entries of a manager's log, to be looked at from outside.
 *
 * Bounded by count and by the length of what an entry may say. Nothing secret is ever handed to a log.
 * @module
 */
import type { LogEntry, LogLevel } from './api.js';

/** Entries that are kept. */
const CAPACITY = 1_000;
/** Characters of a fact or a message: more is about something else than the manager. */
const MAX_CHARS = 2_000;

/** What a log line says besides its message. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** Which entries. */
export interface LogSearch {
  readonly limit: number;
  /** Id of a hybrid connection. */
  readonly connection?: string | undefined;
  /** The least. @defaultValue debug */
  readonly level?: LogLevel | undefined;
}

const RANKS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Keeps them. */
export class LogRing {
  #entries: LogEntry[] = [];
  #number = 0;
  readonly #capacity: number;
  readonly #watchers = new Set<(entry: LogEntry) => unknown>();
  /** Says which hybrid connection a name of the configuration means. */
  idOf: (name: string) => string | undefined = () => undefined;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /** Notes an entry. The fact `connection` is a name of the configuration. */
  add(level: LogLevel, message: string, facts: LogFacts = {}, at = new Date()): void {
    const { connection: name, ...others } = facts;
    const connection = typeof name === 'string' ? this.idOf(name) : undefined;
    this.#number += 1;
    const entry: LogEntry = {
      number: this.#number,
      at: at.toISOString(),
      level,
      message: message.slice(0, MAX_CHARS),
      ...(connection !== undefined && { connection }),
      facts: plainFacts(connection === undefined ? facts : others),
    };
    this.#entries.push(entry);
    // Now and then rather than each time: to take the first of a thousand away moves all others.
    if (this.#entries.length >= 2 * this.#capacity) this.#entries = this.#entries.slice(-this.#capacity);
    for (const watcher of this.#watchers) watcher(entry);
  }

  /** The latest of those that fit, oldest first. */
  entries({ limit, ...search }: LogSearch): readonly LogEntry[] {
    const fitting = this.#entries.slice(-this.#capacity).filter((entry) => fits(entry, search));
    return limit === 0 ? [] : fitting.slice(-limit);
  }

  /** Tells of each entry that fits, from now on. @returns what ends that */
  watch(search: Omit<LogSearch, 'limit'>, watcher: (entry: LogEntry) => void): () => void {
    const told = (entry: LogEntry) => fits(entry, search) && watcher(entry);
    this.#watchers.add(told);
    return () => this.#watchers.delete(told);
  }
}

function fits(entry: LogEntry, { connection, level = 'debug' }: Omit<LogSearch, 'limit'>): boolean {
  return RANKS[entry.level] >= RANKS[level] && (connection === undefined || entry.connection === connection);
}

function plainFacts(facts: LogFacts): LogEntry['facts'] {
  const plain: Record<string, string | number | boolean | readonly string[]> = {};
  for (const [name, value] of Object.entries(facts)) {
    const told = plainValue(value);
    if (told !== undefined) plain[name] = told;
  }
  return plain;
}

function plainValue(value: unknown): string | number | boolean | readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value.slice(0, MAX_CHARS);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Error) return value.message.slice(0, MAX_CHARS);
  if (Array.isArray(value)) return value.map((each) => String(each).slice(0, MAX_CHARS));
  return JSON.stringify(value).slice(0, MAX_CHARS);
}
