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
import { countListeners, findHybridConnection, readEndpoint, showKey } from './metadata-steps.js';
import { type DiagnoseOptions, settingsOf } from './options.js';
import { chooseProxy, passProxy } from './proxy-steps.js';
import { mayItSend } from './right-step.js';
import { type PlannedStep, type RelayStepName, type Step, take } from './step.js';
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
): AsyncGenerator<Step<RelayStepName>, void, undefined> {
  const journey = new Journey(settingsOf(options));
  try {
    yield* take(plan(journey));
  } finally {
    journey.release();
  }
}

function plan(journey: Journey): PlannedStep<RelayStepName>[] {
  const step = (name: RelayStepName, run: (journey: Journey) => ReturnType<PlannedStep<string>['run']>) => ({
    name,
    run: () => run(journey),
  });
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
    isSender ? step('probe', probe) : step('register', register),
  ];
}
