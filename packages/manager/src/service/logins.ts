/**
 * Those who signed in at a relay's management, to choose from what there is.
 *
 * A token is in the memory of this process only, for half an hour at most, and in no answer.
 * @module
 */
import { randomUUID } from 'node:crypto';
import { formatConnectionString, parseConnectionString } from '@hybridge/sas';
import {
  type AdminFetch,
  badRequest,
  type HybridConnection,
  type Inventory,
  inventoryOf,
  type KeySlot,
  ManagementClient,
  type Namespace,
  RestError,
} from '@hybridge/service';
import { parseTarget } from '../target/target.js';
import type { Login, LoginHybridConnection, LoginRequest, LoginSummary } from './api.js';
import { asked, listenKeysOf } from './relay-keys.js';

/** How long a token is kept, in milliseconds. */
const LIFE_MS = 30 * 60_000;
/** Tokens that are kept; of more the oldest is forgotten. */
const MAX_LOGINS = 8;

/** What the manager itself has to say about relays and their hybrid connections. */
export interface LoginJudge {
  /** @param hosts - what the namespace is reached by, as far as is known */
  readonly isConfigured: (hosts: readonly string[], hybridConnection: string) => boolean;
  /** Of the administrator's policy. @returns why not */
  readonly denial: (namespace: string, endpoint: string) => string | undefined;
  /** The way to the admin ports of relays. @defaultValue directly */
  readonly fetch?: AdminFetch;
  readonly now?: () => number;
}

/** A hybrid connection of a relay, chosen. */
export interface Chosen {
  readonly namespace: string;
  readonly hybridConnection: string;
}

interface Entry extends LoginSummary {
  readonly client: ManagementClient;
  /** What senders and listeners dial. */
  readonly relayHost: string | undefined;
  readonly timer: NodeJS.Timeout;
}

/** Keeps them. */
export class Logins {
  readonly #judge: LoginJudge;
  readonly #entries = new Map<string, Entry>();

  constructor(judge: LoginJudge) {
    this.#judge = judge;
  }

  /** Who is signed in, the newest first. */
  list(): readonly LoginSummary[] {
    return [...this.#entries.values()].reverse().map(summary);
  }

  /** Signs in. @throws RestError 400 for what is no address or no token, 502 where the relay does not take it */
  async open({ url, token }: LoginRequest): Promise<Login> {
    const base = addressOf(url);
    // What a header cannot carry is no token; fetch would repeat it in its message.
    if (!/^[\x21-\x7e]{1,4096}$/.test(token)) throw badRequest('This cannot be a token.', 'token');
    const client = new ManagementClient(base, token, {
      ...(this.#judge.fetch && { fetch: this.#judge.fetch }),
    });
    const inventory = await asked(inventoryOf(client));
    const session = await asked(client.ask<{ relay?: { url?: string } }>('GET', '/api/session'));
    const relayUrl = session.relay?.url ?? '';
    const relayHost = URL.canParse(relayUrl) ? new URL(relayUrl).host : undefined;
    const id = randomUUID();
    const now = this.#judge.now?.() ?? Date.now();
    const timer = setTimeout(() => this.#entries.delete(id), LIFE_MS).unref();
    const expiresAt = new Date(now + LIFE_MS).toISOString();
    this.#entries.set(id, { id, url: client.base, expiresAt, client, relayHost, timer });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MAX_LOGINS) this.close(oldest!);
    return this.#told(this.#entryOf(id), inventory);
  }

  /** What there is, asked again. @throws RestError 404, 502 */
  async look(id: string): Promise<Login> {
    const entry = this.#entryOf(id);
    return this.#told(entry, await asked(inventoryOf(entry.client)));
  }

  /** Forgets a token. @throws RestError 404 */
  close(id: string): void {
    clearTimeout(this.#entryOf(id).timer);
    this.#entries.delete(id);
  }

  /** Forgets all of them. */
  closeAll(): void {
    for (const id of [...this.#entries.keys()]) this.close(id);
  }

  /**
   * A connection string that may listen, of the hybrid connection's own policies. A secret.
   * @throws RestError 404 where there is no such one, 409 where it may not be chosen or has no policy for it, 502
   */
  async connectionString(id: string, { namespace, hybridConnection }: Chosen): Promise<string> {
    const entry = this.#entryOf(id);
    const { client } = entry;
    const { namespaces } = await asked(inventoryOf(client));
    const place = namespaces.find(({ name }) => isSame(name, namespace));
    const found = place?.hybridConnections.find(({ name }) => isSame(name, hybridConnection));
    if (place === undefined || found === undefined) {
      throw new RestError(
        404,
        'ResourceNotFound',
        `The relay has no hybrid connection ${hybridConnection} in the namespace ${namespace}.`,
      );
    }
    const { reason } = this.#judged(hostsOf(place, namespaces, entry), found);
    if (reason !== undefined) throw new RestError(409, 'Conflict', `${found.name}: ${reason}.`);
    const { primaryConnectionString: text } = await listenKeysOf(client, found);
    return /;\s*EntityPath=/i.test(text) ? text : `${text.replace(/;\s*$/, '')};EntityPath=${found.name}`;
  }

  /**
   * The connection string of a hybrid connection that is configured, with the key that the relay has for it now. A secret.
   * @param slot - which of the policy's two keys
   * @throws RestError 404 where that relay has no such one, 409 where it has no policy for it, 502
   */
  async renewed(
    id: string,
    { namespace, hybridConnection, connectionString }: Chosen & { readonly connectionString: string },
    slot: KeySlot = 'primary',
  ): Promise<string> {
    const entry = this.#entryOf(id);
    const { namespaces } = await asked(inventoryOf(entry.client));
    const found = namespaces
      .filter((place) => isAmong(hostsOf(place, namespaces, entry), namespace))
      .flatMap(({ hybridConnections }) => hybridConnections)
      .find(({ name }) => isSame(name, hybridConnection));
    if (found === undefined) {
      throw new RestError(
        404,
        'ResourceNotFound',
        `The relay at ${entry.url} has no hybrid connection ${hybridConnection} of ${namespace}: sign in at its own.`,
      );
    }
    const { sharedAccessSignature: _, ...former } = parseConnectionString(connectionString);
    const keys = await listenKeysOf(entry.client, found, former.sharedAccessKeyName);
    return formatConnectionString({
      ...former,
      sharedAccessKeyName: keys.keyName,
      sharedAccessKey: slot === 'primary' ? keys.primaryKey : keys.secondaryKey,
    });
  }

  #entryOf(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new RestError(
      404,
      'ResourceNotFound',
      'Nobody is signed in by this id, or not any more: sign in again.',
    );
  }

  #told(entry: Entry, { namespaces }: Inventory): Login {
    return {
      ...summary(entry),
      namespaces: namespaces.map((namespace) => ({
        name: namespace.name,
        subscription: namespace.subscription,
        resourceGroup: namespace.resourceGroup,
        hybridConnections: namespace.hybridConnections.map((each) =>
          this.#judged(hostsOf(namespace, namespaces, entry), each),
        ),
      })),
    };
  }

  #judged(
    hosts: readonly string[],
    { name, endpoint, requiresClientAuthorization, listenerCount }: HybridConnection,
  ): LoginHybridConnection {
    const isConfigured = this.#judge.isConfigured(hosts, name);
    const reason = isConfigured ? undefined : this.#against(hosts, endpoint, requiresClientAuthorization);
    return {
      name,
      ...(endpoint !== undefined && { endpoint }),
      requiresClientAuthorization,
      listeners: listenerCount,
      isConfigured,
      ...(reason !== undefined && { reason }),
    };
  }

  /** As for applications: without an endpoint it leads nowhere, and without authorization anybody would come. */
  #against(
    hosts: readonly string[],
    endpoint: string | undefined,
    isAuthorized: boolean,
  ): string | undefined {
    if (!isAuthorized) return 'it lets in senders without a token (it does not require client authorization)';
    if (endpoint === undefined) return 'it has no endpoint: enter one at the relay';
    try {
      parseTarget(endpoint);
    } catch {
      return 'its endpoint is not host:port';
    }
    // By one of these it will be dialled; the last word is spoken about the one in the connection string.
    const denials = hosts.map((host) => this.#judge.denial(host, endpoint));
    return denials.includes(undefined) ? undefined : denials[0];
  }
}

/** A relay may be known by its host alone. */
function isAmong(hosts: readonly string[], namespace: string): boolean {
  const host = namespace.replace(/:\d+$/, '');
  return hosts.some((each) => isSame(each, namespace) || isSame(each, host));
}

/** The first namespace, or the only one, answers to the address of the relay itself. */
function hostsOf(
  namespace: Namespace,
  [first]: readonly Namespace[],
  { relayHost }: Entry,
): readonly string[] {
  const isFirst = namespace === first && relayHost !== undefined;
  const all = [namespace.name, ...namespace.hosts, ...(isFirst ? [relayHost] : [])];
  return all.filter((host) => URL.canParse(`http://${host}`));
}

function summary({ id, url, expiresAt }: LoginSummary): LoginSummary {
  const { protocol, hostname, host } = new URL(url);
  const isLoopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  const warning = `the token goes to ${host} without TLS`;
  return { id, url, expiresAt, ...(protocol === 'http:' && !isLoopback && { warning }) };
}

/** @throws RestError 400 */
function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw badRequest(
      "This is not the address of a relay's admin port, such as https://relay.example.net:8081.",
      'url',
    );
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw badRequest('The address of an admin port has a host, a port and a path, and no more.', 'url');
  }
  return url;
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
