/**
 * Texts made to keep a parser busy: long runs of what its patterns look for. None may take quadratic time.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { isDeflateOffer } from './connect-headers.js';
import { parseFromListener, parseFromRelay } from './control-message.js';
import { entityKey, matchEntity } from './entity.js';
import { RelayError, relayErrorFromResponse } from './errors.js';
import { stripRelayQuery } from './query.js';
import { rejectAddress, rendezvousId } from './rendezvous.js';
import { sanitizeReason } from './status.js';
import { parseTargetFailure } from './target-failure.js';
import { parseUpgradeTarget } from './upgrade-target.js';

/** Characters: linear time is milliseconds, quadratic time many seconds. */
const LENGTH = 200_000;

const readers: Record<string, (text: string) => unknown> = {
  parseUpgradeTarget: (text) => parseUpgradeTarget(`/$hc/${text.slice(0, 16_000)}`),
  stripRelayQuery,
  matchEntity: (text) => matchEntity(text, () => undefined),
  entityKey,
  isDeflateOffer,
  parseFromRelay: (text) => parseFromRelay(text.slice(0, 65_000)),
  parseFromListener: (text) => parseFromListener(text.slice(0, 65_000)),
  relayErrorFromResponse: (text) => relayErrorFromResponse(404, text, text),
  parseTargetFailure: (text) => parseTargetFailure(502, text),
  sanitizeReason,
  rejectAddress: (text) => rejectAddress('wss://x/?a', 400, text),
  rendezvousId: (text) => rendezvousId(text, () => 'fresh'),
};

const units = [
  ' ',
  '/',
  '/a',
  '%',
  '%3F',
  '%3Fsb-hc-',
  '&',
  '=',
  '\n',
  '\ud800',
  'é',
  'E',
  '[',
  '{"a":',
  '{"accept":',
];
const words = [
  'sb-hc-rv=x&',
  '&sb-hc-rv=&statusCode=',
  'null?',
  'TrackingId: ',
  'sig=',
  'permessage-deflate;',
  ', ',
];

describe.each(Object.entries(readers))('%s', (_name, read) => {
  it.each([...units, ...words])('is done at once with a run of %j', (unit) => {
    const run = unit.repeat(LENGTH / unit.length);
    const started = performance.now();
    for (const text of [run, `x${run}x`]) {
      try {
        read(text);
      } catch (error) {
        expect(error).toBeInstanceOf(RelayError);
      }
    }
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
