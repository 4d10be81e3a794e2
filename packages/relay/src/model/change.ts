/**
 * What can be done to a model, as values: checked and applied by `apply-change.ts`, written by the store, repeated by
 * every worker.
 *
 * A `put` makes what is not there and updates what is; what it leaves out stays, or gets its default when it is new.
 * @module
 */
import type { AuthorizationRuleOptions, Right } from '../config/options.js';
import type { PlanTier, ResourceLabels, Role } from './model.js';

/** Names of what a resource belongs to. */
export interface RulePlace {
  readonly namespace: string;
  /** Absent: the policy is the namespace's own. */
  readonly hybridConnection?: string;
}

/** What a `put` of a resource may say. */
export interface ResourceDetails {
  readonly location?: string;
  /** All of them: those that are not named go. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** One change. */
export type Change =
  | ({
      readonly type: 'put-namespace';
      readonly name: string;
      readonly labels?: ResourceLabels;
      readonly hosts?: readonly string[];
    } & ResourceDetails)
  | { readonly type: 'delete-namespace'; readonly name: string }
  | {
      readonly type: 'put-hybrid-connection';
      readonly namespace: string;
      readonly name: string;
      /** `null` takes it away. */
      readonly endpoint?: string | null;
      readonly userMetadata?: string | null;
      /** Cannot be changed once the hybrid connection is there: docs/protocol.md, section 6.1. */
      readonly requiresClientAuthorization?: boolean;
      /** Those that a new one begins with. @defaultValue `defaultListener` (Listen) and `defaultSender` (Send) */
      readonly authorizationRules?: readonly AuthorizationRuleOptions[];
    }
  | { readonly type: 'delete-hybrid-connection'; readonly namespace: string; readonly name: string }
  | ({
      readonly type: 'put-rule';
      readonly name: string;
      readonly rights: readonly Right[];
      /** Absent: made for a policy that is new, kept for one that is not. */
      readonly primaryKey?: string;
      readonly secondaryKey?: string;
    } & RulePlace)
  | ({ readonly type: 'delete-rule'; readonly name: string } & RulePlace)
  | ({
      readonly type: 'set-keys';
      readonly name: string;
      readonly primaryKey?: string;
      readonly secondaryKey?: string;
    } & RulePlace)
  | ({
      readonly type: 'put-plan';
      readonly name: string;
      readonly labels: ResourceLabels;
      readonly tier?: PlanTier;
    } & ResourceDetails)
  | { readonly type: 'delete-plan'; readonly subscription: string; readonly name: string }
  | ({
      readonly type: 'put-app';
      readonly name: string;
      readonly labels: ResourceLabels;
      /** Needed when the app is new. */
      readonly plan?: string;
    } & ResourceDetails)
  | { readonly type: 'delete-app'; readonly subscription: string; readonly name: string }
  | {
      readonly type: 'attach';
      readonly subscription: string;
      readonly app: string;
      readonly namespace: string;
      readonly hybridConnection: string;
      /** Must be the endpoint's, where given. */
      readonly hostname?: string;
      readonly port?: number;
      /** @defaultValue the first policy of the hybrid connection, or else of the namespace, that may send */
      readonly sendKeyName?: string;
      /** @defaultValue the policy's primary key */
      readonly sendKeyValue?: string;
    }
  | {
      readonly type: 'detach';
      readonly subscription: string;
      readonly app: string;
      readonly namespace: string;
      readonly hybridConnection: string;
    }
  /** Gives apps the key that their policy has now. */
  | {
      readonly type: 'sync-keys';
      readonly namespace: string;
      readonly hybridConnection: string;
      /** Which key they get. @defaultValue primary */
      readonly key?: 'primary' | 'secondary';
      /** Absent: all apps that have attached it. */
      readonly apps?: readonly { readonly subscription: string; readonly app: string }[];
    }
  | {
      readonly type: 'add-token';
      readonly id: string;
      readonly name: string;
      readonly role: Role;
      readonly hash: string;
      readonly expiresAt?: string;
    }
  | { readonly type: 'revoke-token'; readonly id: string };

/** The kinds of change. */
export type ChangeType = Change['type'];
