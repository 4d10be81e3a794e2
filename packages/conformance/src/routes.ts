/**
 * Routes as a configuration would have them, from connection strings.
 * @module
 */
import type { Route } from '@hybridge/redirect';
import { parseConnectionString } from '@hybridge/sas';
import { HybridConnectionSender } from '@hybridge/sender';

/** A route to an endpoint through a hybrid connection. */
export function routeTo(host: string, port: number, connectionString: string): Route {
  const { entityPath = '', endpoint } = parseConnectionString(connectionString);
  const sender = new HybridConnectionSender({ connectionString, allowHalfOpen: true });
  return {
    ...{ host, port },
    hybridConnection: entityPath,
    namespace: endpoint.host,
    open: () => sender.connect(),
    openChannel: () => sender.open(),
  };
}
