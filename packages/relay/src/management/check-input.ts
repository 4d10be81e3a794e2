/**
 * Checks what a request carries against its route, and says which member is at fault.
 * @module
 */
import { RestError } from '@hybridge/service';
import type { z } from 'zod';

/** As many faults as one answer names. */
const MAX_DETAILS = 20;

/** @throws RestError 400 that names the first member at fault, and the others beside it. */
export function checkInput(schema: z.ZodType, value: unknown): unknown {
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

/** Zod's messages do not repeat the value that is at fault; it may be a key. */
function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === 'unrecognized_keys') {
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
