/**
 * What the portal knows while somebody is signed in: who it is, what there is, and what is going on.
 *
 * One stream of events keeps it true. When it breaks it is opened again, after a while that grows; until then the portal
 * says that what it shows is not live.
 * @module
 */
import { ApiClient, createContext, LiveStream, Observable, useContext } from '@hybridge/ui';
import { RelayApi } from '../api/relay-api.js';
import type { AuditRecord, Inventory, LiveOverview, Role, SessionInfo } from '../api/types.js';
import { NO_RATES, type Rates, ratesBetween } from './rates.js';

/** How many audit records the first screen has. */
const RECENT = 12;
/** Changes that come together are read together. In milliseconds. */
const SETTLE_MS = 150;

const ROLES: readonly Role[] = ['reader', 'operator', 'owner'];

/** Somebody's session. */
export class PortalSession {
  readonly api: RelayApi;
  readonly info: Observable<SessionInfo>;
  readonly inventory: Observable<Inventory | undefined> = new Observable<Inventory | undefined>(undefined);
  /** Why the inventory could not be read. */
  readonly problem = new Observable<unknown>(undefined);
  readonly live: LiveStream;
  readonly overview = new Observable<LiveOverview | undefined>(undefined);
  readonly rates = new Observable<Rates>(NO_RATES);
  readonly recent = new Observable<readonly AuditRecord[]>([]);
  #settling: ReturnType<typeof setTimeout> | undefined;

  private constructor(api: RelayApi, info: SessionInfo) {
    this.api = api;
    this.info = new Observable(info);
    this.live = new LiveStream({
      client: api.client,
      path: 'api/live',
      onEvent: (event, data) => this.#take(event, data),
      onAgain: () => void this.reload(), // it may have missed changes
    });
  }

  /** Signs in. @param onEnd - told when the relay no longer takes the token @throws ApiError */
  static async open(base: URL, token: string, onEnd: () => void): Promise<PortalSession> {
    let session: PortalSession | undefined;
    const api = new RelayApi(new ApiClient({ base, token, onUnauthorized: () => session && onEnd() }));
    session = new PortalSession(api, await api.session());
    return session;
  }

  /** Begins to read. */
  start(): void {
    void this.reload();
    this.live.start();
  }

  /** Ends the stream. */
  close(): void {
    clearTimeout(this.#settling);
    this.live.close();
  }

  /** Whether the token allows what asks for this role. */
  may(role: Role): boolean {
    return ROLES.indexOf(this.info.value.token.role) >= ROLES.indexOf(role);
  }

  /** Reads the inventory again. Resolves when it is there, or has failed. */
  async reload(): Promise<void> {
    try {
      this.inventory.set(await this.api.inventory());
      this.problem.set(undefined);
    } catch (error) {
      this.problem.set(error);
    }
  }

  #take(event: string, value: unknown): void {
    if (event === 'overview') {
      const before = this.overview.value;
      const overview = value as LiveOverview;
      if (before !== undefined) this.rates.set(ratesBetween(before, overview));
      this.overview.set(overview);
    } else if (event === 'changed') {
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => void this.reload(), SETTLE_MS);
    } else if (event === 'record') {
      this.recent.set([value as AuditRecord, ...this.recent.value].slice(0, RECENT));
    }
  }
}

/** The session of the page. */
export const SessionContext = createContext<PortalSession | undefined>(undefined);

/** The session, for components that are only drawn while there is one. */
export function useSession(): PortalSession {
  const session = useContext(SessionContext);
  if (session === undefined) throw new Error('nobody is signed in');
  return session;
}
