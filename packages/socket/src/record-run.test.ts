import { describe, expect, it } from 'vitest';
import { BufferPool, HEADROOM_BYTES } from './buffer-pool.js';
import { RecordRun } from './record-run.js';

const record = (fill: number, length = 16_384) => Buffer.alloc(length, fill);

describe('a run of TLS records', () => {
  it('begins with a full record only', () => {
    expect(RecordRun.beginsWith(record(1))).toBe(true);
    expect(RecordRun.beginsWith(record(1, 15_999))).toBe(false);
  });

  it('ends with a record that is not full', () => {
    const run = new RecordRun(new BufferPool(() => undefined));
    expect(run.add(record(1))).toBe(true);
    expect(run.add(record(2, 3))).toBe(false);
    const { buffer, end } = run.take();
    expect(buffer.subarray(HEADROOM_BYTES, end).equals(Buffer.concat([record(1), record(2, 3)]))).toBe(true);
    expect(run.isEmpty).toBe(true);
  });

  it('ends when it is long enough, so that it is bounded', () => {
    const run = new RecordRun(new BufferPool(() => undefined));
    let records = 1;
    while (run.add(record(records))) records += 1;
    expect(records).toBe(8);
    const { buffer, end } = run.take();
    expect(end).toBe(HEADROOM_BYTES + 8 * 16_384);
    expect([buffer[HEADROOM_BYTES], buffer[end - 1]]).toEqual([1, 8]);
  });

  it('holds even a chunk for which its buffer is too small', () => {
    const run = new RecordRun(new BufferPool(() => undefined));
    run.add(record(1));
    run.add(record(2, 1_000_000));
    const { buffer, end } = run.take();
    const expected = Buffer.concat([record(1), record(2, 1_000_000)]);
    expect(buffer.subarray(HEADROOM_BYTES, end).equals(expected)).toBe(true);
  });
});
