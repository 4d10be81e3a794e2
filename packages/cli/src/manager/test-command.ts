/**
 * `hybridge manager test`: has the running manager walk its way, step by step.
 *
 * The manager walks, since what counts is its network, its key and its policy.
 * @module
 */
import { formatStep, type Step } from '@hybridge/diagnosis';
import type { TestEvent } from '@hybridge/manager';
import type { Command } from 'commander';
import { jsonLine } from '../management/admin.js';
import type { Surroundings } from '../surroundings.js';
import { ControlError } from './control-client.js';
import { connectionIn, connectionsOf, pathOfConnection, type VerbOptions, verb, verbOf } from './verb.js';

/** The verb. @param finish - takes the exit code */
export function testCommand(surroundings: Surroundings, finish: (exitCode: number) => void): Command {
  return verb(
    'test <connection|host:port>',
    'Walk the way of a hybrid connection, to the relay and to its target, or to a host and port',
    [
      'hybridge manager test payroll-sql',
      'hybridge manager test sql01.corp.example:1433',
      `hybridge manager test payroll-sql --json | jq -r 'select(.outcome == "failed").advice'`,
    ],
  ).action(async (given: string, options: VerbOptions) => {
    const { client } = await verbOf(options, surroundings);
    const connections = await connectionsOf(client);
    const isKnown = connections.some(({ name, id }) => name === given || id === given.toLowerCase());
    const isTarget = !isKnown && /:\d+$/.test(given);
    const path = isTarget ? '/api/test' : pathOfConnection(connectionIn(connections, given), 'test');
    const body = isTarget ? { body: { target: given } } : {};
    const left = new AbortController();
    void surroundings.interrupts().first.then(() => left.abort());
    const { stdout, env } = surroundings;
    const colour = stdout.isTTY === true && !env.NO_COLOR;
    for await (const { event, data } of client.events('POST', path, { ...body, signal: left.signal })) {
      const told = { event, data: JSON.parse(data) } as TestEvent;
      if (told.event === 'step') {
        stdout.write(options.json ? jsonLine(told.data) : `${formatStep(told.data as Step, { colour })}\n`);
      } else if (told.event === 'done') {
        finish(told.data.outcome === 'failed' ? 1 : 0);
        return;
      } else {
        throw new ControlError('ERR_MANAGER_REFUSED', `the test could not be made: ${told.data.message}`);
      }
    }
    if (left.signal.aborted) finish(130);
    else throw new ControlError('ERR_MANAGER_REFUSED', 'the test was broken off: did the manager stop?');
  });
}
