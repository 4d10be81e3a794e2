import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('an outbox', () => {
  it('sends what is said in one turn together and in order, and nothing twice', async () => {
    const sent: (readonly number[])[] = [];
    const outbox = new Outbox<number>((messages) => sent.push(messages));
    outbox.push(1);
    outbox.push(2);
    expect(sent).toEqual([]);
    await turn();
    outbox.push(3);
    await turn();
    await turn();
    expect(sent).toEqual([[1, 2], [3]]);
  });
});
