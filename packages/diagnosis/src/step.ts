/**
 * What a diagnosis consists of: steps, each with an outcome, the facts that were seen, and words for a person.
 *
 * A step is a plain value: `JSON.stringify` writes it as it is. No key, token or password is ever in one.
 * @module
 */

/** The steps to a relay, in their order. */
export type RelayStepName =
  /** The connection string can be read. */
  | 'connection-string'
  /** Which proxy is used, and who says so. */
  | 'proxy'
  /** The name that is dialled, the relay's or the proxy's, has addresses. */
  | 'dns'
  /** One of them takes a connection. */
  | 'tcp'
  /** The proxy leads to the relay. */
  | 'proxy-connect'
  /** The relay's certificate is one to trust. */
  | 'tls'
  /** What answers is a relay. */
  | 'http'
  /** The clocks of both agree well enough for tokens. */
  | 'clock'
  /** The relay accepts the key. */
  | 'key'
  /** The relay has this hybrid connection. */
  | 'hybrid-connection'
  /** The key may send. */
  | 'right'
  /** Where the hybrid connection leads, as its metadata has it. */
  | 'endpoint'
  /** Somebody listens. */
  | 'listeners'
  /** The manager at the other end answers for itself. */
  | 'manager'
  /** The relay takes a listener on. */
  | 'register'
  /** A connection through relay and listener to the target opens. */
  | 'probe'
  /** How long the way through the tunnel takes. */
  | 'round-trip';

/** What the manager at the other end finds on its side, where it answers. */
export type ManagerStepName =
  /** The endpoint's name has addresses there. */
  | 'manager-dns'
  /** Its policy allows it. */
  | 'manager-policy'
  /** An address of it takes a connection; one step for each address. */
  | 'manager-tcp';

/** The steps to a target, in their order. */
export type TargetStepName =
  /** Its name has addresses, on this machine. */
  | 'target-dns'
  /** It may be reached. */
  | 'target-policy'
  /** An address of it takes a connection; one step for each address. */
  | 'target-tcp';

/** How a step ended. After one that failed the rest is skipped, unless it still means something. */
export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** A fact, ready for JSON. */
export type Fact = string | number | boolean | null | readonly Fact[] | { readonly [name: string]: Fact };

/** One step. */
export interface Step<Name extends string = RelayStepName | ManagerStepName | TargetStepName> {
  readonly name: Name;
  readonly outcome: Outcome;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** What was seen; which facts there are depends on the step and on how far it came. */
  readonly detail: Readonly<Record<string, Fact>>;
  /** What it came to, in one line. */
  readonly message: string;
  /** What to do next. */
  readonly advice?: string;
}

/** What a step found, before it has a name and a time. */
export interface Finding {
  readonly outcome: Outcome;
  readonly message: string;
  readonly advice?: string | undefined;
  readonly detail?: Readonly<Record<string, Fact | undefined>>;
  /** How long the step itself took, where looking at what it saw takes time of its own. In milliseconds. */
  readonly tookMs?: number | undefined;
  /** Although it failed, the next steps mean something. */
  readonly goesOn?: true;
}

/** A step that may be taken. */
export interface PlannedStep<Name extends string> {
  readonly name: Name;
  run(): Finding | Promise<Finding>;
}

/**
 * Takes steps one after the other, until one fails; those that are left are skipped.
 * @param before - the step that failed before them
 * @returns the step that failed
 * @throws whatever a step throws: that is an abort, or a mistake of ours.
 */
export async function* take<Name extends string>(
  planned: readonly PlannedStep<Name>[],
  before?: string,
): AsyncGenerator<Step<Name>, string | undefined, undefined> {
  let failed = before;
  for (const { name, run } of planned) {
    if (failed !== undefined) {
      yield stepOf(name, 0, { outcome: 'skipped', message: `not reached, since ${failed} failed` });
      continue;
    }
    const startedAt = performance.now();
    const finding = await run();
    yield stepOf(name, finding.tookMs ?? performance.now() - startedAt, finding);
    if (finding.outcome === 'failed' && finding.goesOn === undefined) failed = name;
  }
  return failed;
}

/** Makes a step of what was found. */
export function stepOf<Name extends string>(name: Name, durationMs: number, finding: Finding): Step<Name> {
  const { outcome, message, advice, detail = {} } = finding;
  return {
    name,
    outcome,
    durationMs: Math.round(durationMs * 10) / 10,
    detail: plain(detail),
    message: printable(message),
    ...(advice === undefined ? {} : { advice: printable(advice) }),
  };
}

/** Facts without those that are not known, and without what a terminal would obey. */
function plain(facts: Readonly<Record<string, Fact | undefined>>): Record<string, Fact> {
  const known = Object.entries(facts).filter((entry): entry is [string, Fact] => entry[1] !== undefined);
  return Object.fromEntries(known.map(([name, fact]) => [name, plainFact(fact)]));
}

function plainFact(fact: Fact): Fact {
  if (typeof fact === 'string') return printable(fact);
  if (Array.isArray(fact)) return fact.map(plainFact);
  return typeof fact === 'object' && fact !== null ? plain(fact as { readonly [name: string]: Fact }) : fact;
}

/** One line, whatever a server or a certificate had to say. */
export function printable(text: string): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 1_000);
}
