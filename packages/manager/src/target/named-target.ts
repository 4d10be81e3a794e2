/**
 * The target that a hybrid connection's own metadata names.
 * @module
 */
import { endpointIn } from '@hybridge/diagnosis';
import { ManagerConfigError } from '../config/config-error.js';
import { parseTarget, type Target } from './target.js';

/**
 * Reads it from the user metadata.
 * @throws ManagerConfigError in one line, when there is none or it is no `host:port`.
 */
export function targetIn(userMetadata: string | undefined): Target {
  const { endpoint, isReadable } = endpointIn(userMetadata);
  if (!isReadable) throw new ManagerConfigError("The hybrid connection's user metadata is not JSON");
  if (endpoint === undefined) {
    throw new ManagerConfigError(
      'The hybrid connection says no endpoint: enter one at the relay, or in the configuration',
    );
  }
  return parseTarget(endpoint);
}
