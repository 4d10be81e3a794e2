import { describe, expect, it } from 'vitest';
import { ReadTurns } from './read-budget.js';

const MUCH = 1024 * 1024;

describe('a connection that reads much', () => {
  it('reads on while it is alone', () => {
    const turns = new ReadTurns(() => 0);
    const bulk = {};
    expect(turns.mayReadOn(bulk, MUCH)).toBe(true);
    expect(turns.mayReadOn(bulk, 1000 * MUCH)).toBe(true);
  });

  it('stops after its budget beside another that has just read, and not before', () => {
    const turns = new ReadTurns(() => 0);
    const [bulk, other] = [{}, {}];
    turns.mayReadOn(bulk, MUCH);
    expect(turns.mayReadOn(other, 0)).toBe(true);
    expect(turns.mayReadOn(bulk, 1000)).toBe(true);
    expect(turns.mayReadOn(bulk, MUCH)).toBe(false);
  });

  it('reads on again once the other has been silent for a while', () => {
    let now = 0;
    const turns = new ReadTurns(() => now);
    const [bulk, other] = [{}, {}];
    turns.mayReadOn(bulk, MUCH);
    turns.mayReadOn(other, 0);
    expect(turns.mayReadOn(bulk, MUCH)).toBe(false);
    now = 100;
    expect(turns.mayReadOn(bulk, MUCH)).toBe(false);
    now = 101;
    expect(turns.mayReadOn(bulk, MUCH)).toBe(true);
  });

  it('is alone when the last other one is gone before it begins', () => {
    const turns = new ReadTurns(() => 0);
    const [bulk, other] = [{}, {}];
    turns.mayReadOn(other, 0);
    turns.leave(other);
    expect(turns.mayReadOn(bulk, MUCH)).toBe(true);
  });
});
