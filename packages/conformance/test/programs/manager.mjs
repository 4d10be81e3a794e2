/**
 * A manager as a process of its own, asked and told over the channel of `fork`.
 *
 * Usage: fork('manager.mjs', [settings as JSON, names with their addresses as JSON])
 */

import { HybridConnectionManager, managerConfig } from '@hybridge/manager';
import { answering, tell } from './answering.mjs';
import { names } from './other-world.mjs';

const [settings, known = '{}'] = process.argv.slice(2);
const learn = (more) => {
  for (const [name, address] of Object.entries(more)) names.set(name, address);
};
learn(JSON.parse(known));

const manager = new HybridConnectionManager(managerConfig(JSON.parse(settings)), {
  policyFile: { paths: [`${process.cwd()}/no-policy.yaml`] },
});

/** As JSON: errors by code and message. */
function plain(state) {
  const { because } = state;
  return because === undefined
    ? state
    : { ...state, because: { code: because.code, message: because.message } };
}

answering({
  status: () => manager.status().map((each) => ({ ...each, state: plain(each.state) })),
  listeners: () => ({
    manager: manager.eventNames().reduce((sum, event) => sum + manager.listenerCount(event), 0),
    process: process.eventNames().reduce((sum, event) => sum + process.listenerCount(event), 0),
  }),
  probe: () => manager.probe(),
  names: learn,
});
manager.on('state', (_name, state) => tell('state', plain(state)));
manager.on('warning', (_name, problem) => tell('warning', problem.message));
manager.start();
await manager.settled({ timeoutMs: 10_000 });
tell('ready');
