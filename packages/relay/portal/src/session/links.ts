/**
 * Addresses of the portal's own screens.
 * @module
 */
import { linkTo } from '@hybridge/ui';

/** The address of a hybrid connection's page. @param tab - absent for the first one */
export function hybridConnectionLink(namespace: string, name: string, tab?: string): string {
  return linkTo(['hybrid-connections', namespace, name, ...(tab === undefined ? [] : [tab])]);
}
