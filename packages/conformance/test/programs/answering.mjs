/**
 * What programs have in common that stand for a service: they answer what their parent asks over the channel of `fork`, tell it
 * what happens, and end with it.
 */
import { EventEmitter } from 'node:events';
import { readdirSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';

/** Answers with what these give. */
export function answering(handlers) {
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ id, question, details }) => {
    try {
      process.send({ id, answer: (await { ...handlers, figures }[question](...details)) ?? null });
    } catch (error) {
      process.send({ id, error: error.stack });
    }
  });
}

/** Tells the parent that something happened, and when. */
export function tell(event, value) {
  if (process.connected) process.send({ event, value, at: performance.timeOrigin + performance.now() });
}

/** What this process holds once all rubbish is gone. */
async function figures() {
  v8.setFlagsFromString('--expose-gc');
  const gc = vm.runInNewContext('gc');
  for (let round = 0; round < 5; round += 1) {
    gc();
    await sleep(20);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    rss,
    heapUsed,
    external,
    sockets: v8.queryObjects(Socket, { format: 'count' }),
    emitters: v8.queryObjects(EventEmitter, { format: 'count' }),
    promises: v8.queryObjects(Promise, { format: 'count' }),
    abortSignals: v8.queryObjects(AbortSignal, { format: 'count' }),
    resources,
  };
}
