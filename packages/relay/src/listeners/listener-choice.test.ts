import { describe, expect, it } from 'vitest';
import { isChosen, listenerChoice } from './listener-choice.js';

const A = '5b0d3a52-6f0e-4d37-9a1c-0e6f7c2b11aa';
const B = '9c1f2f6e-0c52-4a0a-8a39-3f4c1d0b77e1';
const ALLOWED = 'microsoft-relay-allowedlisteners';
const DISALLOWED = 'microsoft-relay-disallowedlisteners';

describe('a sender’s choice of listeners', () => {
  it.each([
    [{}, A, true],
    [{ [ALLOWED]: A }, A, true],
    [{ [ALLOWED]: A }, B, false],
    [{ [ALLOWED]: A }, undefined, false],
    [{ [ALLOWED]: `${B}, ${A}` }, A, true],
    [{ [ALLOWED]: A.toUpperCase() }, A, true],
    [{ [ALLOWED]: `{${A}}` }, `${A}_G3`, true],
    [{ [DISALLOWED]: A }, A, false],
    [{ [DISALLOWED]: A }, B, true],
    [{ [DISALLOWED]: A }, undefined, true],
    [{ [ALLOWED]: `${A},${B}`, [DISALLOWED]: B }, A, true],
    [{ [ALLOWED]: `${A},${B}`, [DISALLOWED]: B }, B, false],
    [{ [ALLOWED]: ' , ' }, B, true],
  ])('%j: the listener %s is chosen: %s', (headers, clientId, chosen) => {
    expect(isChosen(listenerChoice(headers), 'channel', clientId)).toBe(chosen);
  });

  it('is none without the headers', () => {
    expect(listenerChoice({ host: 'a' })).toBeUndefined();
  });

  it('leaves out channels that were tried', () => {
    expect(isChosen({ tried: ['one'] }, 'one', A)).toBe(false);
    expect(isChosen({ tried: ['one'] }, 'two', A)).toBe(true);
  });
});
