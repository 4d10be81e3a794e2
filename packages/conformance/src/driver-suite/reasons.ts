/**
 * What drivers and mappers tell of a failure: each wraps the one below it in a way of its own.
 * @module
 */

/** Where they keep what they wrap. */
const INNER = ['cause', 'original', 'originalError', 'driverError', 'parent', 'lastError', 'reason'] as const;

/** The error and all that it wraps, the outermost first. */
export function reasons(error: unknown): object[] {
  const found = new Set<object>();
  collect(error, found);
  return [...found];
}

function collect(error: unknown, found: Set<object>): void {
  if (typeof error !== 'object' || error === null || found.has(error)) return;
  found.add(error);
  const inner = error as Readonly<Record<string, unknown>>;
  for (const key of INNER) collect(inner[key], found);
  if (Array.isArray(inner.errors)) for (const each of inner.errors) collect(each, found);
  // Prisma's, which are plain objects.
  const { driverAdapterError } = (inner.meta ?? {}) as Readonly<Record<string, unknown>>;
  collect(driverAdapterError, found);
}

/** Whether one of the errors has all that is expected of it; of a message, a part. */
export function isOneOf(error: unknown, expected: readonly object[]): boolean {
  return reasons(error).some((reason) => expected.some((each) => hasAll(reason, each)));
}

function hasAll(reason: object, expected: object): boolean {
  return Object.entries(expected).every(([key, value]) => {
    const actual = (reason as Readonly<Record<string, unknown>>)[key];
    return key === 'message' ? String(actual).includes(value) : actual === value;
  });
}
