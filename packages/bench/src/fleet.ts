/**
 * The ways that are running. They are kept from one group to the next, since starting them takes longer than most
 * measurements.
 * @module
 */
import type { Route, Subject, Way } from './subjects/subject.js';

/** Running ways, by subject. */
export class Fleet {
  readonly #route: Route;
  readonly #ways = new Map<Subject, Way>();

  /** @param route - where all of them lead. */
  constructor(route: Route) {
    this.#route = route;
  }

  /** The way of a subject; it is started if it is not running. */
  async get(subject: Subject): Promise<Way> {
    const running = this.#ways.get(subject);
    if (running !== undefined) return running;
    const way = await subject.start(this.#route);
    this.#ways.set(subject, way);
    return way;
  }

  /** Stops the way of a subject, if it is running. */
  async drop(subject: Subject): Promise<void> {
    const way = this.#ways.get(subject);
    this.#ways.delete(subject);
    await way?.stop();
  }

  /** Stops all ways but those of these subjects: even an idle one takes memory, and a little time. */
  async keepOnly(subjects: readonly Subject[]): Promise<void> {
    for (const subject of [...this.#ways.keys()]) {
      if (!subjects.includes(subject)) await this.drop(subject);
    }
  }
}
