/**
 * @module
 */
import { describe, expect, it } from 'vitest';
import { EventStreamParser } from './event-stream.js';

const events = (...pieces: readonly string[]) => {
  const parser = new EventStreamParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

describe('a stream of events', () => {
  it('gives an event when its empty line has come, and not before', () => {
    const parser = new EventStreamParser();
    expect(parser.push('event: overview\ndata: {"a"')).toEqual([]);
    expect(parser.push(':1}\n')).toEqual([]);
    expect(parser.push('\n')).toEqual([{ event: 'overview', data: '{"a":1}' }]);
  });

  it.each(['\n', '\r\n', '\r'])('may end its lines with %j', (end) => {
    expect(events(`data: a${end}data: b${end}${end}data: c${end}${end}${end}`)[0]).toEqual({
      event: 'message',
      data: 'a\nb',
    });
  });

  it('may be cut between the two characters of a line end', () => {
    expect(events('data: a\r', '\n\r', '\ndata: b\n\n')).toEqual([
      { event: 'message', data: 'a' },
      { event: 'message', data: 'b' },
    ]);
  });

  it('passes over comments, unknown fields and events without data', () => {
    expect(events(': still here\n\nid: 4\n\nevent: changed\n\ndata:x\n\n')).toEqual([
      { event: 'message', data: 'x' },
    ]);
  });
});
