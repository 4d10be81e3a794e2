/** A private network: services that are reached through a manager, and in no other way. */
import { HybridConnectionManager, managerConfig } from '@hybridge/manager';

/**
 * Starts a manager for services of this machine.
 * @param relay - the relay that it dials out to
 * @param services - the address of each, by the name of its hybrid connection
 */
export async function privateNetwork(relay, services) {
  const connections = Object.entries(services).map(([name, endpoint]) => ({
    connectionString: relay.connectionString(name, 'defaultListener'),
    endpoint,
  }));
  const manager = new HybridConnectionManager(managerConfig({ connections }));
  manager.start();
  for (const { name, state } of await manager.settled({ timeoutMs: 5_000 })) {
    if (state.name !== 'online') throw new Error(`${name} is ${state.name}`, { cause: state.because });
  }
  return { stop: () => manager.stop({ graceMs: 0 }) };
}
