/**
 * Where the primary process takes in what one worker says, and tells those whom it concerns.
 *
 * It keeps three things: who listens, how much each worker has in each namespace, and the questions that are open. It
 * never looks into what workers have to say to each other.
 * @module
 */
import { Asks } from './asks.js';
import { ListenerRoll } from './listener-roll.js';
import type { ListenerEntry, Load, Loads, ToPrimary, ToWorker } from './messages.js';

/** How long a worker may take to see a new listener, before the listener is told that it is online nevertheless. */
const SEEN_MS = 1_000;

/** A worker, as far as it can be told things. */
export interface Line {
  readonly number: number;
  /** It has the state of its start, and follows from there. */
  readonly isTold: boolean;
  send(message: ToWorker): void;
}

/** Connects workers. */
export class Switchboard {
  readonly #lines: () => readonly Line[];
  readonly #roll = new ListenerRoll();
  readonly #loads = new Map<number, Loads>();
  readonly #sightings = new Asks<'seen'>();

  /** @param lines - all workers, in whatever state */
  constructor(lines: () => readonly Line[]) {
    this.#lines = lines;
  }

  /** All who listen: what a worker has to know from its start. */
  get listeners(): ListenerEntry[] {
    return this.#roll.entries;
  }

  /** What all workers but one have. */
  elsewhere(number: number): Loads {
    const sums: Record<string, Load> = {};
    for (const [worker, loads] of this.#loads) {
      if (worker === number) continue;
      for (const [namespace, load] of Object.entries(loads)) sums[namespace] = added(sums[namespace], load);
    }
    return sums;
  }

  /** A worker says something. What is not for the switchboard is passed over. */
  handle(from: Line, message: ToPrimary): void {
    switch (message.type) {
      case 'place':
        void this.#place(from, message);
        break;
      case 'seen':
        this.#sightings.answer(message.ask, 'seen');
        break;
      case 'opened':
        for (const { worker, id } of this.#roll.opened(message.id)) {
          this.#line(worker)?.send({ type: 'superseded', id });
        }
        break;
      case 'left':
        if (this.#roll.leave(message.id)) {
          this.#tellOthers(from, { type: 'listener-gone', id: message.id, recycled: message.recycled });
        }
        break;
      case 'lapses':
        this.#tellOthers(from, { type: 'listener-lapses', id: message.id, lapses: message.lapses });
        break;
      case 'load':
        this.#loads.set(from.number, message.loads);
        for (const line of this.#others(from)) {
          line.send({ type: 'elsewhere', loads: this.elsewhere(line.number) });
        }
        break;
      case 'to':
        this.#line(message.worker)?.send({ type: 'from', worker: from.number, message: message.message });
        break;
      default:
        break;
    }
  }

  /** A worker is gone, with all that it had. */
  workerGone(gone: Line): void {
    this.#roll.leaveAllOf(gone.number);
    this.#loads.delete(gone.number);
    this.#sightings.workerGone(gone.number);
    for (const line of this.#others(gone)) {
      line.send({ type: 'worker-gone', worker: gone.number });
      line.send({ type: 'elsewhere', loads: this.elsewhere(line.number) });
    }
  }

  /** A listener that is told that it is online can be reached from every worker: so all of them hear of it first. */
  async #place(from: Line, { ask, entry, identity, limit }: Extract<ToPrimary, { type: 'place' }>) {
    const granted = this.#roll.take(entry, identity, limit);
    if (granted) await Promise.all(this.#others(from).map((line) => this.#show(line, entry)));
    from.send({ type: 'placed', ask, granted });
  }

  async #show(line: Line, entry: ListenerEntry): Promise<void> {
    const seen = this.#sightings.ask(line.number, 'seen', (ask) =>
      line.send({ type: 'listener', ask, entry }),
    );
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SEEN_MS);
    });
    await Promise.race([seen, patience]);
    clearTimeout(timer);
  }

  #tellOthers(from: Line, message: ToWorker): void {
    for (const line of this.#others(from)) line.send(message);
  }

  #others(from: Line): Line[] {
    return this.#lines().filter((line) => line.isTold && line.number !== from.number);
  }

  #line(number: number): Line | undefined {
    return this.#lines().find((line) => line.isTold && line.number === number);
  }
}

function added(one: Load | undefined, other: Load): Load {
  if (one === undefined) return other;
  return {
    pending: one.pending + other.pending,
    connections: one.connections + other.connections,
    requests: one.requests + other.requests,
  };
}
