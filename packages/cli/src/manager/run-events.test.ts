import { EventEmitter } from 'node:events';
import type { HybridConnectionManager } from '@hybridge/manager';
import { expect, it } from 'vitest';
import { Log } from '../log.js';
import { logEvents } from './run-events.js';

it('A manager says once why a target cannot be reached, and when it can be again', () => {
  const lines: string[] = [];
  const manager = new EventEmitter();
  const sink = { write: (line: string) => lines.push(line.slice(25).trim()) };
  logEvents(manager as HybridConnectionManager, new Log(sink, { level: 'info', json: false }));
  const sender = { id: 'i', remoteEndpoint: { address: '192.0.2.1', port: 1 }, target: 'sql01:1433' };
  const fails = (message: string) =>
    manager.emit('targetFailure', 'pay', { code: 'E', message, advice: 'x' }, sender, 'r/pay');
  for (const message of ['refused', 'refused', 'refused', 'late', 'late']) fails(message);
  for (let n = 0; n < 2; n += 1) manager.emit('open', 'pay', sender, 'r/pay');
  fails('refused');
  const line = (because: string) =>
    `warn  the target cannot be reached connection=pay id=i code=E because=${because} advice=x`;
  const again = 'info  the target is reached again connection=pay';
  expect(lines).toEqual([line('refused'), line('late'), again, line('refused')]);
});
