import { describe, expect, it } from 'vitest';
import { Asks } from './asks.js';

describe('a question to another process', () => {
  it('has the answer that bears its number', async () => {
    const asks = new Asks<string>();
    const numbers: number[] = [];
    const first = asks.ask(1, undefined, (ask) => numbers.push(ask));
    const second = asks.ask(1, undefined, (ask) => numbers.push(ask));
    asks.answer(numbers[1]!, 'two');
    asks.answer(numbers[0]!, 'one');
    asks.answer(99, 'nobody asked');
    expect(await Promise.all([first, second])).toEqual(['one', 'two']);
  });

  it('is answered by the death of that process, and of no other', async () => {
    const asks = new Asks<string>();
    const answers: string[] = [];
    void asks.ask(1, 'gone', () => {}).then((answer) => answers.push(answer));
    asks.workerGone(2);
    await Promise.resolve();
    expect(answers).toEqual([]);
    asks.workerGone(1);
    await Promise.resolve();
    expect(answers).toEqual(['gone']);
  });

  it('stays open where a death is no answer', async () => {
    const asks = new Asks<string>();
    let answered = false;
    void asks
      .ask(1, undefined, () => {})
      .then(() => {
        answered = true;
      });
    asks.workerGone(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
  });
});
