/**
 * Senders that diagnose, and what they are answered: what this manager finds when it looks at its own target, and then a pong
 * for each ping.
 *
 * A sender asks by a subprotocol that no other offers. Who is not answered (it is switched off, or asked too often) is led to the
 * target like everybody, as by a manager that knows nothing of this. What is looked at is the one target, by the resolver and
 * under the policy that connections have; nothing that a sender says changes it.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0077.
 * @module
 */
import type { LookupFunction } from 'node:net';
import { diagnoseTarget, outcomeOf, type Step, type TargetStepName } from '@hybridge/diagnosis';
import type { IncomingConnection } from '@hybridge/listener';
import {
  formatProbeMessage,
  PROBE_PROTOCOL,
  ProbeLines,
  parseProbeMessage,
  type RemoteEndpoint,
} from '@hybridge/protocol';
import { RateLimiter } from '@hybridge/service';
import type { HybridConnectionSocket } from '@hybridge/socket';
import type { Policy } from '../policy/policy.js';
import { formatTarget, type Target } from '../target/target.js';
import { type DiagnosisDetail, findingOf, policyCheck } from './probe-findings.js';

/** A diagnosis that a sender asked for, when it was answered. */
export interface ProbeAnswered {
  /** As the relay's log has it. */
  readonly id: string;
  readonly at: Date;
  readonly remoteEndpoint: RemoteEndpoint;
  /** The target, as `host:port`. */
  readonly target: string;
  readonly outcome: 'ok' | 'warning' | 'failed';
  /** What was found; the sender was told of it what the configuration lets out. */
  readonly steps: readonly Step<TargetStepName>[];
}

/** What answers are made with, and whom they tell. */
export interface ProbeAnswersOptions {
  readonly detail: () => DiagnosisDetail;
  readonly policy: () => Policy;
  readonly lookup: LookupFunction;
  readonly onAnswered: (answered: ProbeAnswered) => void;
}

/** Answers a second on average, ten times as many at once: each looks at up to eight addresses. */
const ANSWERS_PER_SECOND = 1;
/** Senders that are being answered, or ping; more are led to the target. */
const MAX_OPEN = 16;
/** Silence of a sender after which it is left, in milliseconds. */
const SILENCE_MS = 60_000;
/** The longest that one may stay, in milliseconds. */
const STAY_MS = 600_000;

/** The senders of one hybrid connection that diagnose. */
export class ProbeAnswers {
  readonly #options: ProbeAnswersOptions;
  readonly #open = new Set<HybridConnectionSocket>();
  readonly #limiter = new RateLimiter(ANSWERS_PER_SECOND, () => performance.now());

  constructor(options: ProbeAnswersOptions) {
    this.#options = options;
  }

  /** Whether this sender asks, and is to be answered. Then {@link answer} has to follow. */
  takes({ protocols }: Pick<IncomingConnection, 'protocols'>): boolean {
    if (!protocols.includes(PROBE_PROTOCOL) || this.#options.detail() === 'off') return false;
    return this.#open.size < MAX_OPEN && this.#limiter.take('');
  }

  /** Answers, until the sender leaves. */
  async answer(incoming: IncomingConnection, target: Target): Promise<void> {
    const socket = incoming.accept({ protocol: PROBE_PROTOCOL, allowHalfOpen: false });
    this.#open.add(socket);
    const left = new AbortController();
    const stay = setTimeout(() => socket.destroy(), STAY_MS);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(stay);
      this.#open.delete(socket);
      left.abort();
    });
    answerPings(socket);
    socket.write(formatProbeMessage({ type: 'hello' }));
    const steps = await this.#look(socket, target, left.signal);
    if (!socket.destroyed) socket.write(formatProbeMessage({ type: 'done' }));
    const { id, remoteEndpoint } = incoming;
    const about = { id, at: new Date(), remoteEndpoint, target: formatTarget(target) };
    this.#options.onAnswered({ ...about, outcome: outcomeOf(steps), steps });
  }

  /** Leaves all of them. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async #look(socket: HybridConnectionSocket, target: Target, signal: AbortSignal) {
    const { policy, lookup, detail } = this.#options;
    const steps: Step<TargetStepName>[] = [];
    try {
      for await (const step of this.#steps(target, { check: policyCheck(policy), lookup, signal })) {
        steps.push(step);
        // What was never come to is no finding.
        if (step.outcome !== 'skipped') socket.write(formatProbeMessage(findingOf(step, target, detail())));
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return steps;
  }

  /** A target whose name is not allowed is not even resolved. */
  async *#steps(target: Target, options: object): AsyncGenerator<Step<TargetStepName>> {
    const denial = this.#options.policy().target(target);
    if (denial === undefined) {
      yield* diagnoseTarget({ ...target, ...options });
      return;
    }
    yield {
      ...{ name: 'target-policy', outcome: 'failed', durationMs: 0, detail: { rule: denial.rule } },
      message: denial.message,
    };
  }
}

/** Each ping is a pong at once; a sender that says anything else is left. */
function answerPings(socket: HybridConnectionSocket): void {
  const lines = new ProbeLines();
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    try {
      for (const line of lines.add(text)) {
        const message = parseProbeMessage(line);
        if (message.type !== 'ping') continue;
        if (!socket.write(formatProbeMessage({ type: 'pong', number: message.number }))) socket.pause();
      }
    } catch {
      socket.destroy();
    }
  });
  socket.on('drain', () => socket.resume());
}
