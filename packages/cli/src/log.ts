/**
 * Log lines: one event each, for people or, with `--json`, for machines. They go to standard error.
 *
 * Nothing secret is ever handed to a log; there is no filter here to rely on.
 * @module
 */
import type { TextSink } from './surroundings.js';

/** How much is told, from nothing to everything. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;
/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What a line says besides its message. Dates and errors are written out; `undefined` is left out. */
export type Facts = Readonly<Record<string, unknown>>;

/** How lines are written. */
export interface LogOptions {
  readonly level: LogLevel;
  /** One JSON object a line, instead of text. */
  readonly json: boolean;
  /** The current time, for tests. */
  readonly now?: () => Date;
  /** Told of what is written, and of errors, warnings and what an administrator wants to have seen at any level. */
  readonly also?: (level: Exclude<LogLevel, 'silent'>, message: string, facts: Facts, at: Date) => void;
}

/** Writes log lines. */
export class Log {
  readonly #sink: TextSink;
  readonly #options: LogOptions;

  constructor(sink: TextSink, options: LogOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /** Something failed and a person has to act. */
  error(message: string, facts?: Facts): void {
    this.#write('error', message, facts);
  }
  /** Something is not as it should be, and may mend itself. */
  warn(message: string, facts?: Facts): void {
    this.#write('warn', message, facts);
  }
  /** What an administrator wants to have seen. */
  info(message: string, facts?: Facts): void {
    this.#write('info', message, facts);
  }
  /** Each connection, each step. */
  debug(message: string, facts?: Facts): void {
    this.#write('debug', message, facts);
  }

  /** Whether lines of this level are written. */
  isLevelEnabled(level: Exclude<LogLevel, 'silent'>): boolean {
    return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(this.#options.level);
  }

  #write(level: Exclude<LogLevel, 'silent'>, message: string, facts: Facts = {}): void {
    const { json, now = () => new Date(), also } = this.#options;
    const isEnabled = this.isLevelEnabled(level);
    const at = now();
    if (isEnabled || level !== 'debug') also?.(level, message, facts, at);
    if (!isEnabled) return;
    const time = at.toISOString();
    const told = Object.entries(facts).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, plain(value)] as const],
    );
    const line = json
      ? JSON.stringify({ time, level, message, ...Object.fromEntries(told) })
      : [`${time} ${level.padEnd(5)} ${oneLine(message)}`, ...told.map(factText)].join(' ');
    this.#sink.write(`${line}\n`);
  }
}

/** Line breaks and other control characters, which could forge a line or move a cursor, become spaces. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Error) return value.message;
  return value;
}

/** `name=value`, quoted where that is needed. */
export function factText([name, value]: readonly [string, unknown]): string {
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string');
  const text = oneLine(isList ? value.join() : typeof value === 'string' ? value : JSON.stringify(value));
  return `${name}=${/[\s"=]/.test(text) || text === '' ? JSON.stringify(text) : text}`;
}
