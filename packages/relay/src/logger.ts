/**
 * Where a relay writes what it does. Bring your own: pino, winston and `console` have this shape.
 * @module
 */

/** Details of a log line. Never holds a key or a token. */
export type LogFields = Readonly<Record<string, unknown>>;

/** How much a line matters. */
export type LoggerLevel = 'debug' | 'info' | 'warn' | 'error';

/** Four methods, in rising order of concern, and perhaps a fifth that saves the work for lines that are not written. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether lines of a level are written at all. Where a logger does not say, they are. */
  isLevelEnabled?(level: LoggerLevel): boolean;
}

/** Writes nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}
