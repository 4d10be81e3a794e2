/**
 * The way to a relay, step by step.
 *
 * Each step does what a connection really does at that point, with the same options: what it sees is what a listener or a
 * sender would have met. After one that fails the rest is skipped.
 * @module
 */
import { connectToIt, resolveName } from './connection-steps.js';
import { readConnectionString } from './connection-string-step.js';
import { askRoot, compareClocks } from './http-steps.js';
import { Journey } from './journey.js';
import { askManager, managerFindings } from './manager-steps.js';
import { countListeners, findHybridConnection, readEndpoint, showKey } from './metadata-steps.js';
import { type DiagnoseOptions, settingsOf } from './options.js';
import { chooseProxy, passProxy } from './proxy-steps.js';
import { mayItSend } from './right-step.js';
import { roundTrips } from './round-trip-step.js';
import { type ManagerStepName, type PlannedStep, type RelayStepName, type Step, take } from './step.js';
import { lookAtCertificate } from './tls-step.js';
import { probe, register } from './tunnel-steps.js';

/**
 * Walks the way from this machine to a hybrid connection, and yields each step when it is done. A set-up that is broken
 * is never thrown: it is the step that failed.
 *
 * @throws TypeError, RangeError for options that are a mistake in the program; the reason of `signal`.
 */
export async function* diagnose(
  options: DiagnoseOptions,
): AsyncGenerator<Step<RelayStepName | ManagerStepName>, void, undefined> {
  const journey = new Journey(settingsOf(options));
  try {
    const failed = yield* take(plan(journey));
    if (journey.settings.right === 'send') yield* through(journey, failed);
  } finally {
    journey.end();
  }
}

/** What lies behind the relay: the manager, its target, the way there and back. */
async function* through(
  journey: Journey,
  before: string | undefined,
): AsyncGenerator<Step<RelayStepName | ManagerStepName>, void, undefined> {
  const step = stepsOf(journey);
  const { rounds, probe: isProbed } = journey.settings;
  let failed = yield* take([step('manager', askManager)], before);
  for await (const finding of managerFindings(journey)) {
    yield finding;
    // Where several listen, it is another one perhaps that takes the next connection.
    if (finding.outcome === 'failed' && !hasOthers(journey)) failed = finding.name;
  }
  const isMeasured = rounds > 0 && isProbed === true;
  yield* take([step('probe', probe), ...(isMeasured ? [step('round-trip', roundTrips)] : [])], failed);
  journey.leave();
}

function hasOthers({ information }: Journey): boolean {
  return (information?.listenerCount ?? 1) > 1;
}

function stepsOf(journey: Journey) {
  return (
    name: RelayStepName,
    run: (journey: Journey) => ReturnType<PlannedStep<string>['run']>,
  ): PlannedStep<RelayStepName> => ({ name, run: () => run(journey) });
}

function plan(journey: Journey): PlannedStep<RelayStepName>[] {
  const step = stepsOf(journey);
  const isSender = journey.settings.right === 'send';
  return [
    step('connection-string', readConnectionString),
    step('proxy', chooseProxy),
    step('dns', resolveName),
    step('tcp', connectToIt),
    step('proxy-connect', passProxy),
    step('tls', lookAtCertificate),
    step('http', askRoot),
    step('clock', compareClocks),
    step('key', showKey),
    step('hybrid-connection', findHybridConnection),
    ...(isSender ? [step('right', mayItSend)] : []),
    step('endpoint', readEndpoint),
    step('listeners', countListeners),
    ...(isSender ? [] : [step('register', register)]),
  ];
}
