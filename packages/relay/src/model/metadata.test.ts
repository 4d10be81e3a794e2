import { describe, expect, it } from 'vitest';
import { after, app, at, attach, base, hc, namespace, plan, refusal, sql, T2 } from '../../test/changes.js';
import { applyChange } from './apply-change.js';
import type { Change } from './change.js';

describe('the note of a hybrid connection and its endpoint', () => {
  const noted = (endpoint: string) => `[{"key":"endpoint","value":"${endpoint}"}]`;
  const put = (before: object | undefined, change: object) => {
    const start = before === undefined ? after([namespace]) : after([namespace, hc('x', before)]);
    return sql(
      applyChange(start, { ...hc('x'), endpoint: undefined, ...change } as unknown as Change, at(T2)),
    );
  };

  it.each<[string, object | undefined, object, string | undefined, string | undefined]>([
    ['an endpoint makes a note', undefined, { endpoint: 'a:1' }, 'a:1', noted('a:1')],
    ['a note sets the endpoint', undefined, { userMetadata: noted('a:1') }, 'a:1', noted('a:1')],
    [
      'any case of the word counts',
      undefined,
      { userMetadata: '[{"key":"Endpoint","value":"a:1"}]' },
      'a:1',
      '[{"key":"Endpoint","value":"a:1"}]',
    ],
    [
      'both may say the same',
      undefined,
      { endpoint: 'A:1', userMetadata: noted('a:1') },
      'a:1',
      noted('a:1'),
    ],
    ['a note without one takes it away', {}, { userMetadata: '[]' }, undefined, '[]'],
    ['no note takes it away', {}, { userMetadata: null }, undefined, undefined],
    ['no endpoint takes its item away', {}, { endpoint: null }, undefined, undefined],
    ['an endpoint replaces its item', {}, { endpoint: 'b:2' }, 'b:2', noted('b:2')],
    [
      'other items stay',
      { endpoint: undefined, userMetadata: '[{"key":"owner","value":"x"},{"key":"endpoint","value":"a:1"}]' },
      { endpoint: 'b:2' },
      'b:2',
      '[{"key":"owner","value":"x"},{"key":"endpoint","value":"b:2"}]',
    ],
    [
      'other items stay when it goes',
      { endpoint: undefined, userMetadata: '[{"key":"owner","value":"x"},{"key":"endpoint","value":"a:1"}]' },
      { endpoint: null },
      undefined,
      '[{"key":"owner","value":"x"}]',
    ],
    [
      'free text stays',
      { endpoint: undefined, userMetadata: 'ask Ann' },
      { endpoint: 'b:2' },
      'b:2',
      'ask Ann',
    ],
    [
      'an endpoint that is none is a note',
      undefined,
      { userMetadata: noted('nowhere') },
      undefined,
      noted('nowhere'),
    ],
    ['what is left out stays', {}, {}, 'db01:1433', noted('db01:1433')],
  ])('%s', (_, before, change, endpoint, userMetadata) => {
    const { endpoint: e, userMetadata: m } = put(before, change);
    expect([e, m]).toEqual([endpoint, userMetadata]);
  });

  it.each([
    { endpoint: 'b:2', userMetadata: noted('a:1') },
    { userMetadata: 'x'.repeat(1_025) },
    { userMetadata: '\u0001' },
  ])('are refused as %j', (change) => {
    expect(refusal(base, hc('x', { endpoint: undefined, ...change })).target).toBe('properties.userMetadata');
  });

  it('cannot go while an app has it attached, and a new one is told to the app', () => {
    const attached = after([plan(), app('web'), attach('web', 'sql')], base);
    expect(refusal(attached, hc('sql', { endpoint: null })).code).toBe('ERR_RELAY_CONFLICT');
    const moved = applyChange(attached, hc('sql', { endpoint: 'db02:1434' }), at(T2));
    expect(moved.apps[0]?.attachments[0]).toMatchObject({ hostname: 'db02', port: 1434, updatedAt: T2 });
  });
});
