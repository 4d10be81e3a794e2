/**
 * The command `hybridge`, for programs that want to run it inside their own process.
 * @module
 */
export { run } from './program.js';
export { type Interrupts, processSurroundings, type Surroundings, type TextSink } from './surroundings.js';
