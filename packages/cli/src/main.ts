/**
 * The process behind `bin/hybridge.js`.
 * @module
 */
import { run } from './program.js';
import { processSurroundings } from './surroundings.js';

const surroundings = processSurroundings();
void run(process.argv.slice(2), surroundings).then((exitCode) => {
  // What was printed goes out first; then nothing that is still open (after a second signal) keeps the process.
  process.stdout.write('', () => process.exit(exitCode));
});
