/**
 * What a relay is told to serve and remembers over a restart: namespaces, hybrid connections, policies and keys;
 * application plans, apps and what they have attached; tokens of the admin port.
 *
 * Plain values that JSON can hold. Who is connected is not here (`relay-status.ts`), nor what was done (`audit/`). A
 * model is never changed: `apply-change.ts` makes the next one from it and a {@link Change}.
 *
 * Times are in ISO 8601, UTC. Names keep the case they were given in, and are the same in any case.
 *
 * Source: docs/protocol.md, section 6 (entities); docs/management.md (plans and apps).
 * @module
 */
import type { Right } from '../config/options.js';

/** Everything. */
export interface Model {
  readonly namespaces: readonly NamespaceModel[];
  readonly plans: readonly PlanModel[];
  readonly apps: readonly AppModel[];
  readonly tokens: readonly TokenModel[];
}

/** Where Azure Resource Manager's addresses put a resource. Both are labels, made by use. */
export interface ResourceLabels {
  readonly subscription: string;
  readonly resourceGroup: string;
}

/** What every resource has. */
export interface ResourceModel extends ResourceLabels {
  readonly name: string;
  /** A label, such as `West Europe`; means nothing here. */
  readonly location: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A namespace. Its name is a DNS name, and is the only one of that name whatever its labels. */
export interface NamespaceModel extends ResourceModel {
  /** Other names that it answers to, without ports. */
  readonly hosts: readonly string[];
  readonly authorizationRules: readonly RuleModel[];
  readonly hybridConnections: readonly HybridConnectionModel[];
  /** Where this namespace takes more or less than others. */
  readonly limits?: {
    readonly listenersPerHybridConnection?: number;
    readonly connections?: number;
    readonly pending?: number;
  };
  /** It stands in the configuration file, which will bring it back. */
  readonly declared?: boolean;
}

/** A hybrid connection. */
export interface HybridConnectionModel {
  readonly name: string;
  /** The target, `host:port`. */
  readonly endpoint?: string;
  /** What its owner noted; with an endpoint, a list with an item for it (`metadata.ts`), unless it is free text. */
  readonly userMetadata?: string;
  readonly requiresClientAuthorization: boolean;
  readonly authorizationRules: readonly RuleModel[];
  readonly createdAt: string;
  readonly updatedAt: string;
  /** It stands in the configuration file, which will bring it back. */
  readonly declared?: boolean;
}

/** A shared access policy with its keys. */
export interface RuleModel {
  readonly name: string;
  readonly rights: readonly Right[];
  readonly primaryKey: string;
  readonly secondaryKey: string;
  /** Since when the key is what it is. */
  readonly primaryKeyChangedAt: string;
  readonly secondaryKeyChangedAt: string;
  /** It stands in the configuration file, which will bring it back; once it no longer stands there it is revoked. */
  readonly declared?: boolean;
}

/** Tiers of application plans, which decide how many hybrid connections the apps of a plan may use. */
export type PlanTier = 'Basic' | 'Standard' | 'Premium' | 'Isolated';

/** An application plan. */
export interface PlanModel extends ResourceModel {
  readonly tier: PlanTier;
}

/** An application, which may attach hybrid connections. */
export interface AppModel extends ResourceModel {
  /** Name of its plan, in the same subscription. */
  readonly plan: string;
  readonly attachments: readonly AttachmentModel[];
}

/** A hybrid connection that an app uses. */
export interface AttachmentModel {
  /** Name of the namespace. */
  readonly namespace: string;
  readonly hybridConnection: string;
  readonly hostname: string;
  readonly port: number;
  /** Name of the policy that the app sends by. */
  readonly sendKeyName: string;
  /** The key itself, as the app has it: after a regenerate it is the old one until keys are synced. */
  readonly sendKeyValue: string;
  readonly attachedAt: string;
  readonly updatedAt: string;
}

/** What a token of the admin port allows: to look; to manage what runs; all, namespaces and tokens included. */
export type Role = 'reader' | 'operator' | 'owner';

/** A token of the admin port. The token itself is shown once and not kept. */
export interface TokenModel {
  readonly id: string;
  /** Whose it is, or what for. */
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the token, base64url. */
  readonly hash: string;
  readonly createdAt: string;
  /** Absent: it does not expire. */
  readonly expiresAt?: string;
}

/** How many different hybrid connections the apps of a plan may use. Source: docs/management.md. */
export const PLAN_LIMITS: Readonly<Record<PlanTier, number>> = {
  Basic: 5,
  Standard: 25,
  Premium: 200,
  Isolated: 200,
};

/** What is there before anything is declared or created. */
export const EMPTY_MODEL: Model = { namespaces: [], plans: [], apps: [], tokens: [] };
