/**
 * A slow link: `delay-hop-process.js PORT MS` leads a port of its own to PORT, and everything arrives MS milliseconds late.
 *
 * Bytes keep their rate: they are late, not few. A new connection takes a round trip, as a TCP handshake does: what the
 * dialling side sends before that counts as sent then. Nothing is lost, and no window or congestion control is imitated.
 * @module
 */
import net from 'node:net';

/** As many bytes may be on their way in one direction: 1 GB/s for a tenth of a second and more. */
const IN_FLIGHT_BYTES = 128 * 1024 * 1024;

const [, , port, ms] = process.argv;
const delayMs = Number(ms);

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = new net.Socket({ allowHalfOpen: true });
  // SYN, its answer, and the acknowledgement with which the far side accepts.
  setTimeout(() => far.connect(Number(port), '127.0.0.1').setNoDelay(true), Math.max(0, 3 * delayMs - 1));
  pass(near, far, performance.now() + 2 * delayMs);
  pass(far, near, 0);
});

/** Passes bytes and the end on, `delayMs` after they came, and those that came before `from` as if they came then. */
function pass(source: net.Socket, sink: net.Socket, from: number): void {
  const queue: { readonly due: number; readonly bytes: Buffer | undefined }[] = [];
  let inFlight = 0;
  let timer: NodeJS.Timeout | undefined;
  const waitForNext = () => {
    const [next] = queue;
    if (timer === undefined && next !== undefined) timer = setTimeout(deliver, next.due - performance.now());
  };
  const arrive = (bytes: Buffer | undefined) => {
    queue.push({ due: Math.max(performance.now(), from) + delayMs, bytes });
    inFlight += bytes?.length ?? 0;
    if (inFlight > IN_FLIGHT_BYTES) source.pause();
    if (!sink.writableNeedDrain) waitForNext();
  };
  const deliver = () => {
    timer = undefined;
    const now = performance.now();
    // A timer may come up to a millisecond early.
    while (queue.length > 0 && queue[0]!.due <= now + 1 && !sink.writableNeedDrain) {
      const { bytes } = queue.shift()!;
      inFlight -= bytes?.length ?? 0;
      if (bytes === undefined) sink.end();
      else sink.write(bytes);
    }
    if (inFlight <= IN_FLIGHT_BYTES) source.resume();
    if (!sink.writableNeedDrain) waitForNext();
  };
  sink.on('drain', deliver);
  source.on('data', arrive);
  source.once('end', () => arrive(undefined));
  source.on('error', () => sink.destroy());
  source.once('close', () => (source.readableEnded ? undefined : sink.destroy()));
  sink.once('close', () => clearTimeout(timer));
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  process.stdout.write(`ready ${(server.address() as net.AddressInfo).port}\n`);
});
