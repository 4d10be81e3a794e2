/**
 * Two managers hold one hybrid connection and carry a thousand connections, and one of them is killed: nobody who comes then is
 * turned away, those of the other notice nothing, and the relay knows at once.
 *
 * `HYBRIDGE_CONNECTIONS` says how many connections there are.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RelayServer, startRelay } from '@hybridge/relay';
import { HybridConnectionSender, type HybridConnectionSocket } from '@hybridge/sender';
import { expect, it, onTestFinished } from 'vitest';
import { until, within } from '../src/deadline.js';
import { now, Part } from '../src/part.js';
import { requireBuild } from '../src/processes.js';
import { TargetServer } from '../src/target-server.js';

requireBuild();

const CONNECTIONS = Number(process.env.HYBRIDGE_CONNECTIONS ?? 1_000);
/** How many senders come and go besides, one after the other each. */
const VISITORS = 10;
/** How many of them must have come after the kill. */
const VISITS = 200;
const DIALS_AT_ONCE = 50;
const WAIT_MS = 60_000;

let relay: RelayServer;
let sender: HybridConnectionSender;

/** A connection that stays, sends one message after the other, and checks each that comes back. */
class Stayer {
  turns = 0;
  ended: Error | 'end' | undefined;
  readonly #socket: HybridConnectionSocket;

  private constructor(socket: HybridConnectionSocket) {
    this.#socket = socket;
    socket.on('error', (error) => {
      this.ended ??= error;
    });
    socket.once('close', () => {
      this.ended ??= 'end';
    });
  }

  static async come(): Promise<Stayer> {
    const socket = sender.connect();
    await once(socket, 'connect');
    return new Stayer(socket);
  }

  /** Goes on until told otherwise, or until it is cut. @throws Error when anything else comes back than was sent */
  async talk(isOver: () => boolean): Promise<void> {
    while (!isOver() && this.ended === undefined) {
      await echo(this.#socket, randomBytes(512)).catch((error: Error) => {
        if (error.message === WRONG) throw error;
        this.ended ??= error;
      });
      if (this.ended === undefined) this.turns += 1;
      await sleep(200 + Math.random() * 200);
    }
  }

  leave(): void {
    this.#socket.destroy();
  }
}

const WRONG = 'Other bytes came back than were sent';

async function echo(socket: HybridConnectionSocket, sent: Buffer): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  const back = new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
      if (bytes >= sent.length) done(resolve);
    };
    const cut = () => done(() => reject(new Error('cut')));
    const done = (settle: () => void) => {
      socket.off('data', take).off('close', cut);
      settle();
    };
    socket.on('data', take).once('close', cut);
    if (socket.destroyed) cut();
  });
  socket.write(sent);
  await back;
  if (hash.digest('hex') !== createHash('sha256').update(sent).digest('hex')) throw new Error(WRONG);
}

/** Comes, hears an echo, and goes. @throws the socket's error */
async function visit(): Promise<void> {
  const socket = sender.connect().on('error', () => undefined);
  try {
    await within(once(socket, 'connect'), WAIT_MS, 'a visitor to be connected');
    await within(echo(socket, randomBytes(64)), WAIT_MS, "a visitor's echo");
    socket.end();
    await within(once(socket, 'close'), WAIT_MS, 'a visitor to have left');
  } finally {
    socket.destroy();
  }
}

const held = () => relay.status().namespaces[0]!.hybridConnections[0]!;

it('two managers of which one is killed', { timeout: 300_000 }, async () => {
  const target = await TargetServer.start();
  target.serve = (socket) => socket.pipe(socket);
  onTestFinished(() => target.stop());
  relay = await startRelay({ hybridConnections: ['db'] });
  onTestFinished(() => relay.close({ graceMs: 0 }));
  sender = new HybridConnectionSender({ connectionString: relay.connectionString('db', 'defaultSender') });
  const connectionString = relay.connectionString('db', 'defaultListener');
  const settings = { connections: [{ connectionString, endpoint: `127.0.0.1:${target.port}` }] };
  const [doomed, other] = await Promise.all([
    Part.start('manager', [settings]),
    Part.start('manager', [settings]),
  ]);
  onTestFinished(async () => void (await Promise.all([doomed.kill(), other.kill()])));
  expect(held().listeners).toHaveLength(2);

  const startedAt = now();
  const stayers: Stayer[] = [];
  while (stayers.length < CONNECTIONS) {
    const count = Math.min(DIALS_AT_ONCE, CONNECTIONS - stayers.length);
    stayers.push(...(await Promise.all(Array.from({ length: count }, () => Stayer.come()))));
  }
  const openedMs = now() - startedAt;
  const [ofDoomed, ofOther] = await Promise.all([openOf(doomed), openOf(other)]);
  expect(ofDoomed + ofOther).toBe(CONNECTIONS);
  expect(Math.min(ofDoomed, ofOther)).toBeGreaterThan(CONNECTIONS / 4);

  let isOver = false;
  // Also when it fails: visitors would go on as fast as they are turned away.
  onTestFinished(() => {
    isOver = true;
  });
  const talks = Promise.all(stayers.map((stayer) => stayer.talk(() => isOver)));
  const begunAt: { readonly at: number; readonly failure?: Error }[] = [];
  const visits = Promise.all(
    Array.from({ length: VISITORS }, async () => {
      while (!isOver) {
        const at = now();
        const failure = await visit().then(
          () => undefined,
          (error: Error) => error,
        );
        begunAt.push(failure === undefined ? { at } : { at, failure });
      }
    }),
  );
  await until(() => stayers.every(({ turns }) => turns > 1), WAIT_MS, 'everybody to talk');

  const killing = doomed.kill();
  const killedAt = now();
  await until(() => held().listeners.length === 1, WAIT_MS, 'the relay to have noticed');
  const noticedMs = now() - killedAt;
  await killing;
  const turns = stayers.map((stayer) => stayer.turns);
  const later = () => begunAt.filter(({ at }) => at >= killedAt);
  await until(() => later().length >= VISITS, WAIT_MS, 'visitors to have come');
  const lives = (stayer: Stayer, index: number) =>
    stayer.ended !== undefined || stayer.turns > turns[index]! + 1;
  await until(() => stayers.every(lives), WAIT_MS, 'those of the other manager to go on');
  isOver = true;
  await Promise.all([talks, visits]);

  const cut = stayers.filter(({ ended }) => ended !== undefined);
  const before = begunAt.filter(({ at }) => at < killedAt);
  const caught = before.filter(({ failure }) => failure !== undefined);
  console.log(
    [
      `${CONNECTIONS} connections, ${ofDoomed} and ${ofOther}, open after ${Math.round(openedMs)} ms`,
      `the relay counts one listener ${Math.round(noticedMs)} ms after the kill`,
      `${cut.length} connections were cut, those of the killed manager; the other ${CONNECTIONS - cut.length} went on`,
      `${later().length} visitors that came after the kill: all served; of ${before.length} before, ${caught.length} were there and cut`,
    ].join('\n'),
  );
  expect(later().filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(cut).toHaveLength(ofDoomed);
  expect(caught.length).toBeLessThanOrEqual(VISITORS);
  const [status] = await other.ask('status');
  expect(status).toMatchObject({
    state: { name: 'online' },
    counters: { tunnelFailures: 0, targetFailures: 0 },
  });
  for (const stayer of stayers) stayer.leave();
  await until(() => held().tunnels.length === 0, WAIT_MS, 'the relay to be empty');
  await until(async () => (await openOf(other)) === 0, WAIT_MS, 'the other manager to be empty');
});

/** Connections that a manager carries. */
async function openOf(manager: Part): Promise<number> {
  return (await manager.ask('status'))[0].counters.open;
}
