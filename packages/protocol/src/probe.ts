/**
 * What a sender that diagnoses and a manager of ours say to each other in a rendezvous of their own.
 *
 * An extension, agreed on by subprotocol, of which relays know nothing: the manager tells what it finds when it looks at its
 * target, and answers to pings. Each message is a line of JSON, an object with exactly one key. Kinds of failures, codes and
 * times are in it; names and addresses only where the manager's configuration lets them out.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0077.
 * @module
 */
import { RelayError } from './errors.js';
import { type Fields, fieldsOf, soleEntry } from './fields.js';

/** The subprotocol of a rendezvous in which a manager answers for itself. */
export const PROBE_PROTOCOL = 'hybridge.probe.1';

/**
 * Stands before it where the application offers no subprotocol: listeners that take the first of an offer without knowing it
 * agree to what they do anyway.
 */
export const TUNNEL_PROTOCOL = 'hybridge.tunnel.1';

/** What a sender offers that would hear the manager. @param protocols - the application's own */
export function probeOffer(protocols: readonly string[]): readonly string[] {
  const [first = TUNNEL_PROTOCOL, ...others] = protocols;
  return [first, PROBE_PROTOCOL, ...others];
}

/** Characters of a line, at most; whoever gets more ends the connection. */
export const MAX_PROBE_LINE_CHARS = 8_192;

/** What a manager looked at: the target's name, its own policy, an address of the target. */
export type ProbeSubject = 'dns' | 'policy' | 'tcp';

/** What a manager found on its side. */
export interface ProbeFinding {
  readonly type: 'finding';
  readonly subject: ProbeSubject;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  readonly durationMs: number;
  /** Node's word for a failure. */
  readonly code?: string | undefined;
  /** How many addresses it is about. */
  readonly count?: number | undefined;
  /** The names and addresses themselves, and why the policy forbids some; only where the manager lets them out. */
  readonly places?: readonly string[] | undefined;
  readonly reason?: string | undefined;
}

/** One line. */
export type ProbeMessage =
  /** The manager's first word. Nothing is sent to it before. */
  | { readonly type: 'hello' }
  | ProbeFinding
  /** There are no more findings. */
  | { readonly type: 'done' }
  /** The sender asks for the same number … */
  | { readonly type: 'ping'; readonly number: number }
  /** … and gets it. */
  | { readonly type: 'pong'; readonly number: number }
  /** Of another version; passed over. */
  | { readonly type: 'unrecognized' };

/** Writes one, with the end of its line. */
export function formatProbeMessage(message: Exclude<ProbeMessage, { type: 'unrecognized' }>): string {
  const { type, ...body } = message;
  return `${JSON.stringify({ [type]: body })}\n`;
}

/** Reads a line without its end. @throws RelayError `ERR_RELAY_PROTOCOL`, and nothing else */
export function parseProbeMessage(line: string): ProbeMessage {
  const [type, body] = soleEntry(line);
  switch (type) {
    case 'hello':
    case 'done':
      return { type };
    case 'ping':
    case 'pong':
      return { type, number: countIn(fieldsOf(body, type), 'number') };
    case 'finding':
      return findingIn(fieldsOf(body, type));
    default:
      return { type: 'unrecognized' };
  }
}

const SUBJECTS: readonly unknown[] = ['dns', 'policy', 'tcp'] satisfies ProbeSubject[];
const OUTCOMES: readonly unknown[] = ['ok', 'warning', 'failed', 'skipped'];
const CODE = /^[A-Z][A-Z0-9_]{1,39}$/;
/** More than a diagnosis looks at. */
const MAX_PLACES = 16;

function findingIn(fields: Fields): ProbeFinding {
  const { subject, outcome, durationMs, code, count, places, reason } = fields;
  if (!SUBJECTS.includes(subject)) throw broken('subject');
  if (!OUTCOMES.includes(outcome)) throw broken('outcome');
  if (typeof durationMs !== 'number' || !(durationMs >= 0)) throw broken('durationMs');
  if (code !== undefined && !(typeof code === 'string' && CODE.test(code))) throw broken('code');
  if (reason !== undefined && typeof reason !== 'string') throw broken('reason');
  return {
    type: 'finding',
    subject: subject as ProbeSubject,
    outcome: outcome as ProbeFinding['outcome'],
    durationMs,
    ...(code === undefined ? {} : { code: code as string }),
    ...(count === undefined ? {} : { count: countIn(fields, 'count') }),
    ...(places === undefined ? {} : { places: textsIn(places) }),
    ...(reason === undefined ? {} : { reason: reason as string }),
  };
}

function textsIn(value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.length <= MAX_PLACES;
  if (!isList || !value.every((text) => typeof text === 'string')) throw broken('places');
  return value;
}

function countIn(fields: Fields, key: string): number {
  const value = fields[key];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw broken(key);
  return value as number;
}

function broken(what: string): RelayError {
  return new RelayError('ERR_RELAY_PROTOCOL', `A message of a probe makes no sense: ${what}`);
}

/** Cuts what arrives into lines. */
export class ProbeLines {
  #rest = '';

  /** @returns the lines that are complete. @throws RelayError `ERR_RELAY_PROTOCOL` for one that does not end */
  add(text: string): string[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    if (this.#rest.length > MAX_PROBE_LINE_CHARS || lines.some((line) => line.length > MAX_PROBE_LINE_CHARS))
      throw broken(`a line of more than ${MAX_PROBE_LINE_CHARS} characters`);
    return lines;
  }
}
