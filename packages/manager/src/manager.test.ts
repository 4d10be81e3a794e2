import { expect, it, onTestFinished } from 'vitest';
import { managerConfig } from './config/manager-config.js';
import { HybridConnectionManager } from './manager.js';

/** At a relay that is not there. */
function settings(name: string, hybridConnection: string) {
  const key = 'SharedAccessKeyName=l;SharedAccessKey=YWJj';
  const connectionString = `Endpoint=ws://127.0.0.1:1/;${key};EntityPath=${hybridConnection}`;
  return managerConfig({ connections: [{ name, connectionString, endpoint: '127.0.0.1:1' }] }, { env: {} });
}

it('A name that is given to another hybrid connection means that one from then on', async () => {
  const manager = new HybridConnectionManager(settings('pay', 'sql'), { policyFile: { paths: [] } });
  onTestFinished(() => manager.stop({ graceMs: 0 }));
  const told: string[] = [];
  manager.on('state', (name, state, id) => told.push(`${name} ${id} ${state.name}`));
  manager.start();
  told.length = 0;
  manager.apply(settings('pay', 'crm'));
  const [first, ...others] = told;
  expect(first).toBe('pay 127.0.0.1:1/sql stopping');
  expect(others.length).toBeGreaterThan(0);
  // Until long after what it was is gone.
  await expect.poll(() => told.at(-1)).toBe('pay 127.0.0.1:1/crm waiting');
  expect(told.slice(1).filter((each) => !each.includes('/crm '))).toEqual([]);
});
