/** All suites, in the order in which they run. @module */
import type { Suite } from '../plan.js';
import { connections } from './connections.js';
import { delay } from './delay.js';
import { http } from './http.js';
import { loaded } from './loaded.js';
import { memory } from './memory.js';
import { redirect } from './redirect.js';
import { roundTrip } from './round-trip.js';
import { scale } from './scale.js';
import { throughput } from './throughput.js';

/** Every suite there is. */
export const suites: readonly Suite[] = [
  throughput,
  roundTrip,
  loaded,
  connections,
  delay,
  http,
  memory,
  scale,
  redirect,
];
