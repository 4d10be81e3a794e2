/**
 * What the administrator of a network allows of hybrid connections.
 *
 * `deny` comes first. Where there is `allow`, only what it names may be reached: by the name that is configured, or by the address
 * that this leads to. Both are looked at again at every dial, so that a name which moves does not take the permission along.
 *
 * Source: docs/decisions/0071-policy.md.
 * @module
 */
import { isIP } from 'node:net';
import type { Target } from '../target/target.js';
import { type AddressRange, addressForms, isInRange, parseRange, sameAddress } from './address-range.js';
import {
  hasPort,
  isAddressOf,
  isNameOf,
  plainName,
  type RelayPattern,
  type TargetPattern,
} from './pattern.js';

/** In place of a rule, while nothing is allowed. */
export const UNUSABLE_RULE = 'the policy cannot be used';

/** A policy as it was read. */
export interface PolicyRules {
  /** Whether there may be any hybrid connection. */
  readonly hybridConnections: boolean;
  /** Targets that may be reached; `undefined` for all that are not denied. */
  readonly allow: readonly TargetPattern[] | undefined;
  /** Targets that may not, whatever else is said. */
  readonly deny: readonly TargetPattern[];
  /** Relays that may be used; `undefined` for all. */
  readonly relays: readonly RelayPattern[] | undefined;
  /** Whether there may be a user interface. */
  readonly ui: boolean;
  /** Whether the manager may look for newer versions of itself. */
  readonly updates: boolean;
}

/** Why something may not be. */
export interface Denial {
  /** The rule, as the policy has it: `deny: "*:22"`. */
  readonly rule: string;
  /** A sentence for the administrator. */
  readonly message: string;
}

/** What holds where no administrator has said anything. */
export const NO_POLICY: PolicyRules = {
  hybridConnections: true,
  allow: undefined,
  deny: [],
  relays: undefined,
  ui: true,
  updates: true,
};

/** Decides. Every method answers with what stands against it, or with nothing. */
export class Policy {
  readonly rules: PolicyRules;
  /** Why everything is denied: the policy is there and cannot be used. */
  readonly unusable: string | undefined;

  /** Whether addresses matter at all, so that a name has to be resolved before anything can be said. */
  readonly looksAtAddresses: boolean;

  /** @param unusable - a sentence; then nothing is allowed. */
  constructor(rules: PolicyRules = NO_POLICY, unusable?: string) {
    const { allow, deny } = rules;
    this.rules = rules;
    this.unusable = unusable;
    this.looksAtAddresses =
      unusable !== undefined || allow !== undefined || deny.some(({ host }) => host.type !== 'name');
  }

  /** Whether there may be a user interface. */
  get ui(): boolean {
    return this.unusable === undefined && this.rules.ui;
  }

  /** Whether the manager may look for newer versions of itself. */
  get updates(): boolean {
    return this.unusable === undefined && this.rules.updates;
  }

  /** Hybrid connections at all, and this relay. @param namespace - its host, with or without a port. */
  relay(namespace: string): Denial | undefined {
    if (this.unusable !== undefined) return { rule: UNUSABLE_RULE, message: this.unusable };
    const { hybridConnections, relays } = this.rules;
    if (!hybridConnections) {
      const message = 'Hybrid connections are not allowed on this network';
      return { rule: 'hybridConnections: denied', message };
    }
    if (relays === undefined) return undefined;
    const host = plainName(new URL(`http://${namespace}`).hostname.replace(/^\[|\]$/g, ''));
    const forms = sameAddress(host);
    if (relays.some((each) => (forms.length > 0 ? isAddressOf(each.host, forms) : isNameOf(each.host, host))))
      return undefined;
    return { rule: 'relays', message: `The relay ${namespace} is not among those that may be used` };
  }

  /** A target as it is configured: what can be said before its name is resolved. */
  target({ host, port }: Target): Denial | undefined {
    if (this.unusable !== undefined) return this.relay('');
    if (isIP(host) !== 0) return this.address({ host, port }, host);
    const denied = this.rules.deny.find(
      (rule) => hasPort(rule, port) && isNameOf(rule.host, plainName(host)),
    );
    if (denied !== undefined) return deniedBy(denied, `${host}:${port}`);
    // An address that is allowed may be behind the name.
    const isPossible = this.#allowsName(host, port) || this.#allowed(port).some(isByAddress);
    return isPossible ? undefined : notAllowed(`${host}:${port}`);
  }

  /** An address that a target leads to. @param address - as the resolver or the connection gives it. */
  address({ host, port }: Target, address: string): Denial | undefined {
    if (this.unusable !== undefined) return this.relay('');
    if (!this.looksAtAddresses) return undefined;
    const forms = addressForms(address);
    const isName = isIP(host) === 0;
    const what = isName ? `${host}:${port} (${address})` : `${address}:${port}`;
    if (forms.length === 0) return notAllowed(what);
    const denied = this.rules.deny.find((rule) => hasPort(rule, port) && isAddressOf(rule.host, forms));
    if (denied !== undefined) return deniedBy(denied, what);
    if (this.rules.allow === undefined) return undefined;
    const itself = sameAddress(address);
    const byAddress = this.#allowed(port).filter((rule) => isAddressOf(rule.host, itself));
    if (byAddress.some(isByAddress)) return undefined;
    if (!isName) return byAddress.length > 0 ? undefined : notAllowed(what);
    if (!this.#allowsName(host, port)) return notAllowed(what);
    if (plainName(host) === 'localhost') return undefined;
    // Whoever may name a name may not thereby reach this machine itself, or what only its own link can see.
    const own = OWN_RANGES.find((range) => forms.some((form) => isInRange(form, range)));
    return own === undefined
      ? undefined
      : {
          rule: 'allow (by name)',
          message: `${what} is this machine's own or on its link: to be reached by a name, the address itself must be in allow`,
        };
  }

  #allowsName(host: string, port: number): boolean {
    if (this.rules.allow === undefined) return true;
    return this.#allowed(port).some((rule) => isNameOf(rule.host, plainName(host)));
  }

  #allowed(port: number): readonly TargetPattern[] {
    return (this.rules.allow ?? []).filter((rule) => hasPort(rule, port));
  }
}

/** This network, loopback, link-local, multicast and broadcast; and the same in IPv6. */
const OWN_RANGES: readonly AddressRange[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255',
  '::',
  '::1',
  'fe80::/10',
  'ff00::/8',
].map((text) => parseRange(text)!);

function isByAddress({ host }: TargetPattern): boolean {
  return host.type === 'address';
}

function deniedBy({ text }: TargetPattern, what: string): Denial {
  return { rule: `deny: ${JSON.stringify(text)}`, message: `${what} may not be reached` };
}

function notAllowed(what: string): Denial {
  return { rule: 'allow', message: `${what} is not among what may be reached` };
}
