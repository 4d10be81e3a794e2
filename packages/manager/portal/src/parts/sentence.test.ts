/**
 * @module
 */
import { expect, it } from 'vitest';
import { asSentence } from './sentence.js';

it.each([
  ['it has no endpoint: enter one at the relay', 'It has no endpoint: enter one at the relay.'],
  ['The relay refuses the key.', 'The relay refuses the key.'],
  ['db01:1433 refused the connection', 'db01:1433 refused the connection.'],
  ['relay.example has no address', 'relay.example has no address.'],
  ['what now?', 'What now?'],
  ['', ''],
])('%j is told as %j', (text, sentence) => {
  expect(asSentence(text)).toBe(sentence);
});
