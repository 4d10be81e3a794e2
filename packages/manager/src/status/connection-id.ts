/**
 * The one name of a hybrid connection that nothing changes while a manager holds it.
 * @module
 */
import { entityKey } from '@hybridge/protocol';

/** `namespace/hybridConnection` in small letters. */
export function connectionId({
  namespace,
  hybridConnection,
}: {
  readonly namespace: string;
  readonly hybridConnection: string;
}): string {
  return `${namespace.toLowerCase()}/${entityKey(hybridConnection)}`;
}
