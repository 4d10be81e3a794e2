/**
 * Looks for a newer version of the manager now and then, and says when there is one. It fetches nothing and changes nothing.
 *
 * Once a day at most, whatever comes of it and however often the manager is started; never in its first minutes, so that what
 * runs for a moment asks nobody. A failure is no news.
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@hybridge/service';
import type { TransportOptions } from '@hybridge/socket';
import type { UpdateNotice } from '../service/api.js';
import { type AskVersionOptions, askVersion } from './ask-version.js';
import type { UpdateOptions } from './update-settings.js';
import { isNewer, isVersion } from './version.js';

/** How often it is looked whether it is time, in milliseconds: a machine may have slept. */
const LOOK_MS = 300_000;
/** How long after the first start it is time, in milliseconds, and up to how much longer by chance: machines start together. */
const FIRST_MS = 600_000;
const SPREAD_MS = 3_000_000;
const HOUR_MS = 3_600_000;
const FILE = 'update.json';

/** What a watch works with. */
export interface UpdateWatchOptions {
  /** The version that runs. */
  readonly current: string;
  readonly options: UpdateOptions;
  readonly transport: TransportOptions;
  /** Whether the administrator's policy lets it look, now. */
  readonly isAllowed: () => boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where what was found is kept, so that a restart asks nobody. */
  readonly dataDir?: string | undefined;
  /** There is a newer version than before. */
  readonly onNewer: (notice: UpdateNotice) => void;
  /** It could not be looked. */
  readonly onFailure: (error: Error) => void;
  readonly now?: () => number;
  readonly random?: () => number;
  /** For tests. @defaultValue asks that address */
  readonly ask?: (options: AskVersionOptions) => Promise<string>;
}

/** Looks. */
export class UpdateWatch {
  readonly #config: UpdateWatchOptions;
  readonly #now: () => number;
  #options: UpdateOptions;
  #transport: TransportOptions;
  #found: { readonly checkedAt: number; readonly latest: string | undefined } | undefined;
  /** What was said last. */
  #told: string | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;

  constructor(config: UpdateWatchOptions) {
    this.#config = config;
    this.#options = config.options;
    this.#transport = config.transport;
    this.#now = config.now ?? Date.now;
  }

  /** Whether it looks at all: the configuration, the environment and the policy all have a say. */
  get isOn(): boolean {
    const { env, isAllowed } = this.#config;
    return this.#options.url !== undefined && !isSet(env.HYBRIDGE_NO_UPDATE_CHECK) && isAllowed();
  }

  /** What is known; `undefined` where it does not look, or nothing was found yet. */
  get notice(): UpdateNotice | undefined {
    if (!this.isOn || this.#found?.latest === undefined) return undefined;
    const { latest, checkedAt } = this.#found;
    const { current } = this.#config;
    return {
      current,
      latest,
      checkedAt: new Date(checkedAt).toISOString(),
      isNewer: isNewer(latest, current),
    };
  }

  /** Begins to look. */
  start(): void {
    this.#found = this.#read();
    const { random = Math.random } = this.#config;
    this.#dueAt = this.#now() + FIRST_MS + random() * SPREAD_MS;
    if (this.#found !== undefined) this.#dueAt = Math.max(this.#dueAt, this.#next(this.#found.checkedAt));
    this.#tell();
    this.#timer = setInterval(() => void this.#look(), LOOK_MS).unref();
  }

  /** Goes on with other settings. */
  change(options: UpdateOptions, transport: TransportOptions): void {
    this.#options = options;
    this.#transport = transport;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { url } = this.#options;
    if (this.#isAsking || url === undefined || !this.isOn || this.#now() < this.#dueAt) return;
    this.#isAsking = true;
    const { ask = askVersion, onFailure } = this.#config;
    let latest = this.#found?.latest;
    try {
      latest = await ask({ url, transport: this.#transport });
    } catch (error) {
      onFailure(error as Error);
    }
    this.#isAsking = false;
    const checkedAt = this.#now();
    this.#dueAt = this.#next(checkedAt);
    this.#found = { checkedAt, latest };
    this.#keep();
    this.#tell();
  }

  #tell(): void {
    const { notice } = this;
    if (notice === undefined || !notice.isNewer || notice.latest === this.#told) return;
    this.#told = notice.latest;
    this.#config.onNewer(notice);
  }

  #next(checkedAt: number): number {
    return checkedAt + this.#options.everyHours * HOUR_MS;
  }

  #read(): { readonly checkedAt: number; readonly latest: string | undefined } | undefined {
    const { dataDir } = this.#config;
    if (dataDir === undefined) return undefined;
    try {
      const { checkedAt, latest } = JSON.parse(readFileSync(join(dataDir, FILE), 'utf8')) as Record<
        string,
        unknown
      >;
      const at = Date.parse(String(checkedAt));
      // A time that is yet to come is of a clock that was wrong.
      if (Number.isNaN(at) || at > this.#now()) return undefined;
      return { checkedAt: at, latest: isVersion(latest) ? latest : undefined };
    } catch {
      return undefined;
    }
  }

  #keep(): void {
    const { dataDir } = this.#config;
    if (dataDir === undefined || this.#found === undefined) return;
    const { checkedAt, latest } = this.#found;
    const text = JSON.stringify({ checkedAt: new Date(checkedAt).toISOString(), latest });
    void keep(join(dataDir, FILE), `${text}\n`);
  }
}

/** Without it a restart asks once more. */
async function keep(path: string, text: string): Promise<void> {
  try {
    await writeFileAtomically(path, text);
  } catch {
    // The next one may be kept.
  }
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0';
}
