/**
 * What the manager at the other end finds on its side, in words.
 *
 * A manager of ours answers for itself, in a rendezvous of its own. Any other listener takes that rendezvous for a connection
 * like every other: then that is the probe, and nothing more is known.
 *
 * Source: docs/protocol.md, "Extensions"; docs/decisions/0077.
 * @module
 */
import { PROBE_PROTOCOL, type ProbeFinding, type ProbeSubject, probeOffer } from '@hybridge/protocol';
import { isOutOfTime } from './deadline.js';
import { FarManager } from './far-manager.js';
import type { Journey } from './journey.js';
import { unconnected, unresolved, type Words } from './network-words.js';
import { STEP_TIMEOUT_MS } from './options.js';
import { type Finding, type ManagerStepName, type Step, stepOf } from './step.js';
import { openTunnel } from './tunnel.js';

/** Asks the manager, if there is one that answers. */
export async function askManager(journey: Journey): Promise<Finding> {
  const { settings, limits } = journey;
  if (settings.probe !== true) return { outcome: 'skipped', message: 'not asked for (probe)' };
  const opened = await openTunnel(journey, probeOffer(settings.protocols ?? []));
  if ('error' in opened || opened.protocol !== PROBE_PROTOCOL) {
    journey.opened = opened;
    const message = 'error' in opened ? 'nobody took the connection: see probe' : SILENT;
    return { outcome: 'skipped', message };
  }
  const { channel, openMs } = opened;
  const manager = new FarManager(channel);
  let isOurs = false;
  try {
    isOurs = await manager.greets(limits);
  } catch (error) {
    manager.abort();
    if (!isOutOfTime(error)) throw error;
  }
  if (!isOurs) {
    manager.abort();
    return { outcome: 'skipped', message: 'it says nothing of its side, though it agreed to' };
  }
  journey.manager = manager;
  return { outcome: 'ok', message: `it answers for itself, after ${openMs} ms`, detail: { openMs } };
}

const SILENT =
  'it says nothing of its side: no manager of Hybridge, an older one, told not to, or asked too often';

/** Each of its findings as a step. */
export async function* managerFindings(
  journey: Journey,
): AsyncGenerator<Step<ManagerStepName | 'manager'>, void, undefined> {
  const { manager, settings, information } = journey;
  if (manager === undefined) return;
  const limits = { timeoutMs: settings.probeTimeoutMs, signal: settings.signal };
  const byHand = `There: hybridge test ${information?.endpoint ?? 'host:port'}`;
  const attempts: ProbeFinding[] = [];
  let isWhole = false;
  try {
    for await (const finding of manager.findings(limits)) {
      isWhole = finding === undefined;
      if (finding === undefined) break;
      // What is to be said of an address depends on all of them.
      if (finding.subject === 'tcp') attempts.push(finding);
      else yield worded(finding, { byHand, isReached: false });
    }
  } catch (error) {
    if (!isOutOfTime(error)) throw error;
  }
  const isReached = attempts.some(({ outcome }) => outcome === 'ok');
  for (const finding of attempts) yield worded(finding, { byHand, isReached });
  if (isWhole) return;
  const message = 'it stopped before it had told all';
  yield stepOf('manager', 0, { outcome: 'warning', message, advice: `Look at its log. ${byHand}` });
}

interface Circumstances {
  /** How to look at it there. */
  readonly byHand: string;
  /** Whether any address of the endpoint took a connection. */
  readonly isReached: boolean;
}

const NAMES: Readonly<Record<ProbeSubject, ManagerStepName>> = {
  dns: 'manager-dns',
  policy: 'manager-policy',
  tcp: 'manager-tcp',
};

function worded(finding: ProbeFinding, { byHand, isReached }: Circumstances): Step<ManagerStepName> {
  const { subject, outcome, durationMs, code, count, places, reason } = finding;
  const words = outcome === 'ok' ? { message: goodNews(finding) } : badNews(finding, byHand);
  return stepOf(NAMES[subject], durationMs, {
    outcome: outcome === 'failed' && isReached ? 'warning' : outcome,
    ...words,
    detail: { code, addresses: count, places, reason },
  });
}

function goodNews({ subject, count = 1, places = [] }: ProbeFinding): string {
  const [name, ...addresses] = places;
  if (subject === 'policy') return 'its policy allows the endpoint';
  if (subject === 'tcp') return `it connected to ${name ?? 'the endpoint'}`;
  if (addresses.length > 0) return `there, ${name} is ${addresses.join(', ')}`;
  return `there, the name of the endpoint has ${count === 1 ? 'an address' : `${count} addresses`}`;
}

function badNews(finding: ProbeFinding, byHand: string): Words {
  const { subject, outcome, code = 'UNKNOWN', places: [place] = [], reason } = finding;
  switch (subject) {
    case 'dns':
      return there(unresolved(place ?? 'the name of the endpoint', code, 'target'), byHand);
    case 'tcp':
      return there(unconnected(place ?? 'the endpoint', code, 'target', STEP_TIMEOUT_MS), byHand);
    case 'policy': {
      const what = outcome === 'failed' ? 'the endpoint' : 'some addresses of the endpoint';
      return {
        message: moved(reason ?? `the policy of the manager's machine forbids ${what}`),
        advice: "Have the administrator of the manager's machine allow it in the policy file",
      };
    }
  }
}

/** Words for this machine, about another. */
function there({ message, advice }: Words, byHand: string): Words {
  return { message: moved(message), advice: `${moved(advice)}. ${byHand}` };
}

function moved(text: string): string {
  return text.replaceAll(/\bthis machine\b/g, "the manager's machine");
}
