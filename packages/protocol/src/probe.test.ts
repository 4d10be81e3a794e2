import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRelayError } from './errors.js';
import {
  formatProbeMessage,
  MAX_PROBE_LINE_CHARS,
  PROBE_PROTOCOL,
  ProbeLines,
  type ProbeMessage,
  parseProbeMessage,
  probeOffer,
  TUNNEL_PROTOCOL,
} from './probe.js';

describe('what a sender offers that would hear the manager', () => {
  it('begins with what a listener does that knows nothing of it', () => {
    expect(probeOffer([])).toEqual([TUNNEL_PROTOCOL, PROBE_PROTOCOL]);
    expect(probeOffer(['mqtt', 'amqp'])).toEqual(['mqtt', PROBE_PROTOCOL, 'amqp']);
  });
});

describe('a message of a probe', () => {
  const finding = { type: 'finding', subject: 'tcp', outcome: 'failed', durationMs: 0.4 } as const;
  it.each<Exclude<ProbeMessage, { type: 'unrecognized' }>>([
    { type: 'hello' },
    { type: 'done' },
    { type: 'ping', number: 0 },
    { type: 'pong', number: 7 },
    { ...finding, code: 'ECONNREFUSED' },
    { ...finding, count: 2, places: ['10.0.0.7:1433'], reason: 'deny: "*:22"' },
  ])('is read as it was written: $type', (message) => {
    const line = formatProbeMessage(message);
    expect(line.endsWith('\n')).toBe(true);
    expect(parseProbeMessage(line.slice(0, -1))).toEqual(message);
  });

  it('of a kind that only newer managers send is passed over', () => {
    expect(parseProbeMessage('{"load":{"open":3}}')).toEqual({ type: 'unrecognized' });
  });

  it.each([
    '',
    '{}',
    'welcome',
    '{"ping":{"number":-1}}',
    '{"ping":{"number":1.5}}',
    '{"pong":null}',
    '{"finding":{"subject":"arp","outcome":"ok","durationMs":1}}',
    '{"finding":{"subject":"dns","outcome":"fine","durationMs":1}}',
    '{"finding":{"subject":"dns","outcome":"ok","durationMs":"1"}}',
    '{"finding":{"subject":"dns","outcome":"ok","durationMs":1,"code":"<b>"}}',
    '{"finding":{"subject":"dns","outcome":"ok","durationMs":1,"places":[1]}}',
  ])('is refused when it is %j', (line) => {
    expect(() => parseProbeMessage(line)).toThrow(expect.objectContaining({ code: 'ERR_RELAY_PROTOCOL' }));
  });

  it('throws nothing but that, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        try {
          parseProbeMessage(line);
        } catch (error) {
          expect(isRelayError(error)).toBe(true);
        }
      }),
    );
  });
});

describe('lines', () => {
  it('are the same however they arrive', () => {
    fc.assert(
      fc.property(fc.array(fc.string().map((text) => text.replaceAll('\n', ''))), fc.nat(9), (lines, cut) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const reader = new ProbeLines();
        const read: string[] = [];
        for (let at = 0; at < text.length; at += cut + 1)
          read.push(...reader.add(text.slice(at, at + cut + 1)));
        expect(read).toEqual(lines);
      }),
    );
  });

  it('end the conversation when one does not end', () => {
    const reader = new ProbeLines();
    reader.add('x'.repeat(MAX_PROBE_LINE_CHARS));
    expect(() => reader.add('x')).toThrow(/of more than/);
  });
});
