/**
 * What the portal knows while somebody is signed in: who it is, what there is, and what is going on.
 *
 * One stream of events keeps it true. When it breaks it is opened again, after a while that grows; until then the portal
 * says that what it shows is not live.
 * @module
 */
import { ApiClient, ApiError, createContext, Observable, useContext } from '@hybridge/ui';
import { RelayApi } from '../api/relay-api.js';
import type { AuditRecord, Inventory, LiveOverview, Role, SessionInfo } from '../api/types.js';
import { backOffMs } from './back-off.js';
import { NO_RATES, type Rates, ratesBetween } from './rates.js';

/** Whether what is shown was just told by the relay. */
export type LiveState = 'connecting' | 'live' | 'lost';

/** How many audit records the first screen has. */
const RECENT = 12;
/** Changes that come together are read together. In milliseconds. */
const SETTLE_MS = 150;
/** Longer than the relay is silent: every 2 s there is an overview. In milliseconds. */
const SILENCE_MS = 20_000;

const ROLES: readonly Role[] = ['reader', 'operator', 'owner'];

/** Somebody's session. */
export class PortalSession {
  readonly api: RelayApi;
  readonly info: Observable<SessionInfo>;
  readonly inventory: Observable<Inventory | undefined> = new Observable<Inventory | undefined>(undefined);
  /** Why the inventory could not be read. */
  readonly problem = new Observable<unknown>(undefined);
  readonly liveState = new Observable<LiveState>('connecting');
  readonly overview = new Observable<LiveOverview | undefined>(undefined);
  readonly rates = new Observable<Rates>(NO_RATES);
  readonly recent = new Observable<readonly AuditRecord[]>([]);
  readonly #stop = new AbortController();
  #settling: ReturnType<typeof setTimeout> | undefined;

  private constructor(api: RelayApi, info: SessionInfo) {
    this.api = api;
    this.info = new Observable(info);
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
    void this.#follow();
  }

  /** Ends the stream. */
  close(): void {
    clearTimeout(this.#settling);
    this.#stop.abort();
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

  async #follow(): Promise<void> {
    for (let attempt = 0; !this.#stop.signal.aborted; attempt += 1) {
      const startedLive = await this.#read().catch(() => false);
      if (this.#stop.signal.aborted) return;
      if (startedLive) attempt = 0;
      this.liveState.set('lost');
      await new Promise((resolve) => setTimeout(resolve, backOffMs(attempt, Math.random())));
    }
  }

  /** One stream, to its end. @returns whether anything came */
  async #read(): Promise<boolean> {
    const silence = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, silence.signal]);
    const guard = () => setTimeout(() => silence.abort(), SILENCE_MS);
    let timer = guard();
    let came = false;
    try {
      for await (const { event, data } of this.api.client.events('api/live', signal)) {
        clearTimeout(timer);
        timer = guard();
        if (!came && this.liveState.value === 'lost') void this.reload(); // it may have missed changes
        came = true;
        this.liveState.set('live');
        this.#take(event, data);
      }
    } catch (error) {
      if (!(error instanceof ApiError) && !came) throw error;
    } finally {
      clearTimeout(timer);
    }
    return came;
  }

  #take(event: string, data: string): void {
    const value: unknown = JSON.parse(data);
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
