/**
 * An application that knows nothing of hybrid connections: an ES module with named imports. It says what it saw.
 *
 * Arguments: host, port; then what it is to be: `main`, or `worker`, `child` or `fork` to have that do the work.
 */
import { fork, spawnSync } from 'node:child_process';
import { lookup as lookupByCallback } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const [host, port, role] = isMainThread ? process.argv.slice(2) : workerData;
if (role === 'worker') {
  new Worker(new URL(import.meta.url), { workerData: [host, port, 'main'] });
} else if (role === 'child') {
  // In another folder, by the name of a program, as a shell would.
  const args = [fileURLToPath(import.meta.url), host, port, 'main'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: tmpdir(), encoding: 'utf8' });
  process.stdout.write(stdout + stderr);
} else if (role === 'fork') {
  fork(fileURLToPath(import.meta.url), [host, port, 'main'], { cwd: tmpdir() });
} else {
  const { address } = await lookup(host);
  lookupByCallback(host, (error, again) => {
    const socket = connect({ host, port: Number(port) }, () => socket.end('hello'));
    let text = '';
    socket.setEncoding('utf8').on('data', (more) => {
      text += more;
    });
    socket.on('error', ({ code }) => console.log(JSON.stringify({ code })));
    socket.on('end', () => {
      console.log(JSON.stringify({ text, isSame: error === null && again === address }));
    });
  });
}
