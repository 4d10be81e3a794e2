/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { State } from '../../../src/service/api.js';
import { nextTry, reasonFor, wordsFor, wordsOf } from './state-words.js';

const since = '2026-01-01T00:00:00.000Z';
const because = { code: 'ECONNREFUSED', message: 'The relay refused the connection.' };

describe('a hybrid connection in words', () => {
  it('is connected only in part while its endpoint fails', () => {
    const state: State = { name: 'online', since };
    expect(wordsFor({ state }).text).toBe('Connected');
    expect(wordsFor({ state, targetFailure: { ...because, at: since } })).toMatchObject({
      text: 'Endpoint fails',
      tone: 'warn',
    });
  });

  it.each<[string | undefined, State]>([
    [undefined, { name: 'online', since }],
    [undefined, { name: 'connecting', since, attempt: 1 }],
    [because.message, { name: 'connecting', since, attempt: 2, because }],
    [because.message, { name: 'waiting', since, because }],
    ['It is retired.', { name: 'discontinued', since, statement: 'It is retired.', because }],
    ['deny *:22', { name: 'blocked', since, rule: 'deny *:22' }],
  ])('says %j as the reason for %j', (reason, state) => {
    expect(reasonFor({ state })).toBe(reason);
  });

  it('has a word for a state that only newer managers know', () => {
    expect(wordsOf({ name: 'paused' as never })).toMatchObject({ text: 'paused' });
  });

  it.each([
    [undefined, undefined],
    ['2026-01-01T00:00:12.000Z', 'next try in 12 s'],
    ['2026-01-01T00:00:11.200Z', 'next try in 12 s'],
    ['2026-01-01T00:05:00.000Z', 'next try in 5 min'],
    ['2025-12-31T23:59:59.000Z', 'next try now'],
    ['soon', undefined],
  ])('that is tried again at %j: %j', (retryAt, text) => {
    const state: State = { name: 'waiting', since, ...(retryAt === undefined ? {} : { retryAt }) };
    expect(nextTry(state, Date.parse(since))).toBe(text);
  });
});
