import { describe, expect, it } from 'vitest';
import { MemoryBackplane } from './backplane.js';
import { decodeOffer, encode, type Offer } from './offer.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const reply = (text: string) => ({ type: 'reply', bytes: bytes(text) });

describe('the backplane of one process', () => {
  it('says at once when nobody has announced a path', async () => {
    expect(await new MemoryBackplane().request('a', bytes('?'), 1000)).toEqual({ type: 'no-responders' });
  });

  it('asks those who announced the path, and no others', async () => {
    const backplane = new MemoryBackplane();
    await backplane.announce('a', () => bytes('from a'));
    await backplane.announce('b', () => bytes('from b'));
    expect(await backplane.request('a', bytes('?'), 1000)).toEqual(reply('from a'));
  });

  it('picks one of several by chance', async () => {
    let next = 0;
    const backplane = new MemoryBackplane(() => next);
    for (const name of ['one', 'two', 'three']) await backplane.announce('a', () => bytes(name));
    const answers = [];
    for (next of [0, 0.34, 0.67, 0.999]) answers.push(await backplane.request('a', bytes('?'), 1000));
    expect(answers).toEqual([reply('one'), reply('two'), reply('three'), reply('three')]);
  });

  it('spreads evenly', async () => {
    const backplane = new MemoryBackplane();
    const counts = [0, 0, 0, 0];
    for (const index of counts.keys()) {
      await backplane.announce('a', () => {
        counts[index]! += 1;
        return bytes('');
      });
    }
    for (let i = 0; i < 4000; i += 1) await backplane.request('a', bytes('?'), 1000);
    // Five standard deviations of a fair choice.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(140);
  });

  it('asks nobody who has withdrawn, even if the same function is announced again', async () => {
    const backplane = new MemoryBackplane();
    const handler = () => bytes('here');
    const first = await backplane.announce('a', handler);
    const second = await backplane.announce('a', handler);
    first.withdraw();
    first.withdraw();
    expect(await backplane.request('a', bytes('?'), 1000)).toEqual(reply('here'));
    second.withdraw();
    expect(await backplane.request('a', bytes('?'), 1000)).toEqual({ type: 'no-responders' });
  });

  it('passes a sender on without bytes in between, or with them where that is all that was announced', async () => {
    const backplane = new MemoryBackplane(() => 0);
    const offer = { id: '1', secret: 's', rawPath: '/sql', appQuery: '', connectHeaders: {} } as Offer;
    expect(backplane.passSender('a', offer, 1000)).toEqual({ type: 'no-responders' });
    const heard: Offer[] = [];
    const sent = { type: 'sent', listenerId: 'one' } as const;
    const byBytes = await backplane.announce('a', (request) => {
      heard.push(decodeOffer(request));
      return encode(sent);
    });
    expect(await backplane.passSender('a', offer, 1000)).toEqual(sent);
    byBytes.withdraw();
    await backplane.announce(
      'a',
      () => bytes(''),
      undefined,
      (direct) => {
        heard.push(direct);
        return sent;
      },
    );
    expect(backplane.passSender('a', offer, 1000)).toEqual(sent);
    expect(heard).toEqual([offer, offer]);
    expect(heard[1]).toBe(offer);
  });

  it('gives up on an answer that does not come', async () => {
    const backplane = new MemoryBackplane();
    await backplane.announce(
      'b',
      () => bytes(''),
      undefined,
      () => new Promise(() => undefined),
    );
    expect(await backplane.passSender('b', {} as Offer, 5)).toEqual({ type: 'timeout' });
    await backplane.announce('a', () => new Promise(() => undefined));
    expect(await backplane.request('a', bytes('?'), 5)).toEqual({ type: 'timeout' });
  });
});
