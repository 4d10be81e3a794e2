/**
 * An application that connects, plain and with `@hybridge/redirect/register` before it. What it connects to is not
 * redirected: this is about what the others pay.
 * @module
 */
import { startScript } from '../script.js';
import type { Subject, Way } from './subject.js';

/** Its control port, and what it may connect to. */
export interface CallerWay extends Way {
  readonly targetPort: number;
}

/** Redirects one endpoint, which nobody asks for. Nothing listens at the relay's address. */
const CONFIGURATION = {
  HYBRIDGE_CONNECTIONS: 'Endpoint=ws://127.0.0.1:1/;EntityPath=none=>sql01.corp.example:1433',
};

/** The application as it is. */
export const plainCaller: Subject<CallerWay> = caller('plain', 'as it is', () => ({}));

/** The same with the redirection before it. */
export const registeredCaller: Subject<CallerWay> = caller('registered', 'with register', () => ({
  nodeOptions: ['--import', import.meta.resolve('@hybridge/redirect/register')],
  env: CONFIGURATION,
}));

function caller(
  id: string,
  name: string,
  surroundings: () => Parameters<typeof startScript>[2],
): Subject<CallerWay> {
  return {
    ...{ id, name, encrypted: false, ours: true, stretches: false },
    about: 'a Node process that connects and resolves, redirecting an endpoint that it does not ask for',
    find: async () => ({ version: process.version }),
    start: async ({ targetPort }) => {
      const script = await startScript('caller', [], surroundings());
      const hop = [script.pid];
      return { targetPort, port: script.port, hops: [hop, [], []], stop: async () => script.stop() };
    },
  };
}
