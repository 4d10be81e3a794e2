/**
 * A server for as long as the tests of one `describe` run.
 * @module
 */
import { afterAll, beforeAll } from 'vitest';

/** Starts a server before the tests of the current `describe`, and stops it after them. */
export function running<Running extends { stop(): Promise<void> }>(
  start: () => Promise<Running>,
): () => Running {
  let service: Running | undefined;
  beforeAll(async () => {
    service = await start();
  });
  afterAll(async () => {
    await service?.stop();
  });
  return () => service!;
}
