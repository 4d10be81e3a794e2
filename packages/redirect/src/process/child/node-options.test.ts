import { describe, expect, it } from 'vitest';
import { execArgv, isInherited, nodeOptions } from './node-options.js';

const REGISTER = new URL('file:///opt/app/register.js');
const INHERITED = new URL('file:///opt/app/register.js#inherited');
const OURS = `--import=${INHERITED.href}`;

describe('NODE_OPTIONS of children', () => {
  it.each([
    [`--inspect --import=${REGISTER.href}`, `${OURS} --inspect`],
    [undefined, OURS],
    ['', OURS],
    ['--import ./tracing.js --title="a b"', `${OURS} --import ./tracing.js --title="a b"`],
    [`--inspect ${OURS}`, `${OURS} --inspect`],
    ['--import=@hybridge/redirect/register', OURS],
    ['--import "@hybridge/redirect/register" --inspect', `${OURS} --inspect`],
    ['--import=@hybridge/redirect/register-later', `${OURS} --import=@hybridge/redirect/register-later`],
  ])('have the redirection once, first and at its place: %j', (given, expected) => {
    expect(nodeOptions(given, REGISTER)).toBe(expected);
    expect(nodeOptions(given, INHERITED)).toBe(expected);
  });

  it('say that it is inherited', () => {
    expect([REGISTER, INHERITED].map(isInherited)).toEqual([false, true]);
  });
});

describe('options of a process that forks', () => {
  it.each([
    [
      ['--import', '@hybridge/redirect/register'],
      ['--import', INHERITED.href],
    ],
    [
      [`--import=${REGISTER.href}`, INHERITED.href],
      [OURS, INHERITED.href],
    ],
    [['--import=@hybridge/redirect/register'], [OURS]],
    [
      ['--inspect', '--import', './tracing.js'],
      ['--inspect', '--import', './tracing.js'],
    ],
  ])('have it at its place: %j', (given, expected) => {
    expect(execArgv(given, REGISTER)).toEqual(expected);
  });
});
