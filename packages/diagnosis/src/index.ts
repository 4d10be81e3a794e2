/**
 * Walks the way to a hybrid connection, or to a target, step by step, and says where it ends and what to do.
 * @module
 */

export { type AskRelayOptions, askRelay } from './ask-relay.js';
export { type ClockComparison, compareClock } from './clock.js';
export { diagnose } from './diagnose.js';
export { type DiagnoseForwardingOptions, diagnoseForwarding } from './diagnose-forwarding.js';
export type { DiagnoseTargetOptions } from './diagnose-target.js';
export { diagnoseTarget } from './diagnose-target.js';
export { type Endpoint, readEndpointText } from './endpoint.js';
export { type EntityDescription, endpointIn, type NamedEndpoint } from './entity-description.js';
export { explain, type FailureContext } from './explain.js';
export type { FormatOptions } from './format.js';
export { formatStep, formatSteps, outcomeOf } from './format.js';
export { type Match, matchConnection, type NamedConnection } from './match.js';
export type { Words } from './network-words.js';
export type { DiagnoseOptions, Right } from './options.js';
export type { RefusalContext } from './refusal-words.js';
export type { Fact, ManagerStepName, Outcome, RelayStepName, Step, TargetStepName } from './step.js';
