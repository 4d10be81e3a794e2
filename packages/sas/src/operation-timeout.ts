/**
 * `OperationTimeout` of a connection string: .NET writes a TimeSpan (`00:01:30`), Java whole seconds (`90`).
 *
 * Source: docs/protocol.md, section 5.5.
 * @module
 */

/** `[days.]hh:mm[:ss[.fraction]]`, what .NET's TimeSpan prints and reads. */
const TIME_SPAN = /^(?:(\d{1,3})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,7})?)?$/;

/** The longest that a timer can be set to. Node and browsers let a longer one fire at once. */
const MAX_MS = 2_147_483_647;

/** Milliseconds, whole and above 0; `undefined` when the text is neither form. */
export function parseOperationTimeout(text: string): number | undefined {
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1000 : timeSpanMs(text);
  return ms !== undefined && ms > 0 && ms <= MAX_MS ? ms : undefined;
}

/** The TimeSpan form. */
export function formatOperationTimeout(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const days = Math.floor(seconds / 86_400);
  const fraction = ms % 1000 === 0 ? '' : `.${padded(ms % 1000, 3)}`;
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${days > 0 ? `${days}.` : ''}${clock.map((part) => padded(part)).join(':')}${fraction}`;
}

/** Whether {@link formatOperationTimeout} and back gives the same. */
export function isOperationTimeout(ms: number): boolean {
  return Number.isInteger(ms) && ms > 0 && ms <= MAX_MS;
}

function timeSpanMs(text: string): number | undefined {
  const match = TIME_SPAN.exec(text);
  if (match === null) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = '0'] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return whole * 1000 + Math.round(Number(fraction) * 1000);
}

function padded(part: number, digits = 2): string {
  return String(part).padStart(digits, '0');
}
