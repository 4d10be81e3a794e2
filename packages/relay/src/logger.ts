/**
 * Where a relay writes what it does. Bring your own: pino, winston and `console` have this shape.
 * @module
 */

/** Details of a log line. Never holds a key or a token. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Four methods, in rising order of concern. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Writes nothing. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {}
