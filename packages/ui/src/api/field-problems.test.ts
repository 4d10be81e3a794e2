/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.js';
import { fieldOf } from './field-problems.js';

const FIELDS = { port: /port/i, host: /host|endpoint|userMetadata/i, name: /name|Conflict/i };

describe('a refusal', () => {
  it.each([
    ['properties.port', 'BadRequest', 'port'],
    ['properties.userMetadata', 'BadRequest', 'host'],
    [undefined, 'InvalidResourceName', 'name'],
    [undefined, 'Conflict', 'name'],
    [undefined, 'StoreUnavailable', undefined],
  ])('about %s, with the code %s, belongs to the field %s', (target, code, field) => {
    const error = new ApiError(400, code, 'No.', target === undefined ? {} : { target });
    expect(fieldOf(error, FIELDS)).toBe(field);
  });

  it('that is none of the server belongs to no field', () => {
    expect(fieldOf(new Error('port'), FIELDS)).toBeUndefined();
  });
});
