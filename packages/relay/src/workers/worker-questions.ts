/**
 * What the primary process asks its workers: what each is doing, to apply a change, to cut a tunnel.
 * @module
 */
import type { AppliedChange } from '../model/management.js';
import type { RelayStatus } from '../relay-status.js';
import { Asks } from './asks.js';
import type { ToPrimary } from './messages.js';
import type { WorkerSlot } from './worker-slot.js';
import type { AskedWorker } from './workers-status.js';

/** How long a worker may take to say what it is doing. */
const STATUS_MS = 2_000;

/** An answer to one of these questions. */
export type WorkerAnswer = Extract<ToPrimary, { type: 'changed' | 'cut' | 'status' }>;

/** All that is asked and not answered yet. */
export class WorkerQuestions {
  readonly #changes = new Asks<'done'>();
  readonly #statuses = new Asks<RelayStatus | 'none'>();
  readonly #cuts = new Asks<boolean>();

  /** A worker answers. */
  answered(message: WorkerAnswer): void {
    switch (message.type) {
      case 'changed':
        this.#changes.answer(message.ask, 'done');
        break;
      case 'cut':
        this.#cuts.answer(message.ask, message.wasThere);
        break;
      case 'status':
        this.#statuses.answer(message.ask, message.status);
        break;
    }
  }

  /** A worker has ended, and answers no more. */
  workerGone(worker: number): void {
    this.#changes.workerGone(worker);
    this.#statuses.workerGone(worker);
    this.#cuts.workerGone(worker);
  }

  /** Resolves when all of them have applied the change, or are gone. */
  async change(told: readonly WorkerSlot[], applied: AppliedChange): Promise<void> {
    await Promise.all(
      told.map((slot) =>
        this.#changes.ask(slot.number, 'done', (ask) => slot.send({ type: 'change', ask, applied })),
      ),
    );
  }

  /** @returns whether one of them had the tunnel */
  async cutTunnel(slots: readonly WorkerSlot[], tunnelId: string): Promise<boolean> {
    const answers = await Promise.all(
      slots
        .filter((slot) => slot.isThere)
        .map((slot) =>
          this.#cuts.ask(slot.number, false, (ask) => slot.send({ type: 'cut', ask, tunnelId })),
        ),
    );
    return answers.includes(true);
  }

  /** What a worker is doing. One that does not answer in time is shown without figures. */
  async status(slot: WorkerSlot, now: number): Promise<AskedWorker> {
    const { number: worker, pid, restarts, stalls, silentMs, startedAt, addresses } = slot;
    const answer = slot.isThere ? await this.#statusOf(slot) : 'none';
    const status = answer === 'none' ? undefined : answer;
    const life = { startedAt, uptimeMs: now - startedAt.getTime(), restarts, stalls, silentMs };
    return { worker, pid, url: addresses?.own, ...life, status };
  }

  async #statusOf(slot: WorkerSlot): Promise<RelayStatus | 'none'> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<'none'>((resolve) => {
      timer = setTimeout(() => resolve('none'), STATUS_MS);
    });
    const answer = this.#statuses.ask(slot.number, 'none', (ask) => slot.send({ type: 'status', ask }));
    const status = await Promise.race([answer, patience]);
    clearTimeout(timer);
    return status;
  }
}
