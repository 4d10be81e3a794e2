/**
 * Checks what a request carries, and says which member is at fault.
 * @module
 */
import { RestError } from './rest-error.js';

/** As many faults as one answer names. */
const MAX_DETAILS = 20;

/** A schema of Zod's, as much as is needed of it. Its messages must not repeat the value at fault: that may be a key. */
export interface InputSchema<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly issues: readonly InputIssue[] } };
}

/** One fault, as a schema tells of it. */
export interface InputIssue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Of the code `unrecognized_keys`. */
  readonly keys?: readonly string[];
}

/** What a schema makes of a value. @throws RestError 400 that names the first member at fault, and the others beside it. */
export function checkInput<T>(schema: InputSchema<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap(faultsOf).slice(0, MAX_DETAILS);
  const [{ message, target }] = faults as [Fault, ...Fault[]];
  throw new RestError(400, 'InvalidRequestContent', message, {
    target,
    ...(faults.length > 1 && { details: faults.map((fault) => ({ code: 'InvalidMember', ...fault })) }),
  });
}

interface Fault {
  readonly message: string;
  readonly target: string;
}

function faultsOf(issue: InputIssue): Fault[] {
  if (issue.code === 'unrecognized_keys' && issue.keys !== undefined) {
    return issue.keys.map((key) => {
      const target = placeOf([...issue.path, shortened(key)]);
      return { message: `The member ${target} is not known.`, target };
    });
  }
  const target = placeOf(issue.path);
  return [{ message: `${target}: ${issue.message}.`.replace(/\.\.$/, '.'), target }];
}

/** `properties.rights[0]` */
function placeOf(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return steps.join('').replace(/^\./, '') || 'body';
}

function shortened(key: string): string {
  return key.length > 64 ? `${key.slice(0, 64)}…` : key;
}
