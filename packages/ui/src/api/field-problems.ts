/**
 * Which field a refusal of the server's is about.
 * @module
 */
import { ApiError } from './api-error.js';

/** @param fields - names of fields, the more special ones first @returns the field, if the server says or means one */
export function fieldOf<Field extends string>(
  error: unknown,
  fields: Readonly<Record<Field, RegExp>>,
): Field | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const about = `${error.target ?? ''} ${error.code}`;
  return (Object.keys(fields) as Field[]).find((field) => fields[field].test(about));
}
