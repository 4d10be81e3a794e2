/**
 * What namespaces, plans and apps have in common: labels, location and tags.
 * @module
 */
import type { ChangeContext } from './apply-change.js';
import type { ResourceDetails } from './change.js';
import { checked, label, location as locationGrammar, tags as tagsGrammar } from './grammar.js';
import type { ResourceLabels, ResourceModel } from './model.js';
import { isSameName } from './names.js';

/** Labels of what is given none. */
export const DEFAULT_LABELS: ResourceLabels = {
  subscription: '00000000-0000-0000-0000-000000000000',
  resourceGroup: 'hybridge',
};

/** Location and tags of what is given none. */
export const NEW_DETAILS: Pick<ResourceModel, 'location' | 'tags'> = { location: 'local', tags: {} };

/** @throws ManagementError `ERR_RELAY_INVALID` */
export function checkedLabels({ subscription, resourceGroup }: ResourceLabels): ResourceLabels {
  return {
    subscription: checked(label, subscription, 'subscription'),
    resourceGroup: checked(label, resourceGroup, 'resourceGroup'),
  };
}

/** Whether two have the same labels. */
export function isSameLabels(one: ResourceLabels, other: ResourceLabels): boolean {
  return (
    isSameName(one.subscription, other.subscription) && isSameName(one.resourceGroup, other.resourceGroup)
  );
}

/**
 * The resource with other location and tags, and with the time of its change, if there was any.
 * @param before - as it was; the same object when nothing was changed yet
 * @throws ManagementError `ERR_RELAY_INVALID`
 */
export function changedDetails<Resource extends ResourceModel>(
  resource: Resource,
  change: ResourceDetails,
  before: Resource,
  { now }: ChangeContext,
): Resource {
  const location =
    change.location === undefined ? before.location : checked(locationGrammar, change.location, 'location');
  const tags = change.tags === undefined ? before.tags : checked(tagsGrammar, change.tags, 'tags');
  const isSame = location === before.location && JSON.stringify(tags) === JSON.stringify(before.tags);
  if (isSame && resource === before) return before;
  return { ...resource, location, tags: isSame ? before.tags : { ...tags }, updatedAt: now };
}
