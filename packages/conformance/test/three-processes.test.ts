import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, HybridConnectionSender } from '@hybridge/sender';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { until, within } from '../src/deadline.js';
import { canInspectProcesses, openDescriptors, residentBytes } from '../src/proc.js';
import { requireBuild, ThreeProcesses, UNKNOWN_HOST } from '../src/processes.js';
import { TargetServer } from '../src/target-server.js';
import { count, digest, flood, outcome, received, send, stalled } from '../src/traffic.js';

const MIB = 1024 * 1024;
const WAITING_BYTES = 512 * MIB;
/** What a garbage-collected process may breathe. Queueing what waits would be eight times as much. */
const FLAT_BYTES = 64 * MIB;
const PROCESSES = ['relay', 'manager', 'forward'] as const;
const ABORTS = 200;
/** Descriptors that may still be closing when they are counted. */
const SLACK_DESCRIPTORS = 5;

interface Way {
  readonly way: string;
  open(): Duplex;
  abort(socket: Duplex): void;
}

requireBuild();

describe.each([
  ['each a process of its own', []],
  ['each a process of its own, multiplexing', ['--multiplex']],
])('a relay, a manager and a forwarder, %s', (_, forwardArgs) => {
  let target: TargetServer;
  let three: ThreeProcesses;

  beforeAll(async () => {
    target = await TargetServer.start();
    three = await ThreeProcesses.start(target, forwardArgs);
  });
  afterEach(() => target.cut());
  afterAll(async () => {
    await three?.stop();
    target?.stop();
  });

  const tunnel = { allowHalfOpen: true } as const;
  const multiplex = forwardArgs.length > 0;
  /** The ways in, and how a client of each breaks its connection off. */
  const ways: Way[] = [
    {
      way: 'hybridge forward',
      open: () => local(three),
      abort: (socket) => (socket as net.Socket).resetAndDestroy(),
    },
    {
      way: 'connect()',
      open: () =>
        new HybridConnectionSender({
          ...tunnel,
          multiplex,
          connectionString: three.connectionStrings.db,
        }).connect(),
      abort: (socket) => socket.destroy(),
    },
    {
      way: 'connect() with a native socket',
      open: () => connect({ ...tunnel, connectionString: three.connectionStrings.db, socket: 'native' }),
      abort: (socket) => socket.destroy(),
    },
  ];

  const memory = () => ofEach((pid) => residentBytes(pid));
  const descriptors = () => ofEach((pid) => openDescriptors(pid));
  const ofEach = (measure: (pid: number) => number) => ({
    relay: measure(three.relay.pid),
    manager: measure(three.manager.pid),
    forward: measure(three.forward.pid),
  });

  /** Sends so much there and back again through the forwarder. */
  const exchange = async (bytes: number) => {
    target.serve = (socket) => socket.pipe(socket);
    const socket = local(three);
    const [back] = await within(Promise.all([count(socket), send(socket, bytes)]), 30_000, 'an echo');
    expect(back).toBe(bytes);
  };

  describe.each(ways)('through $way', ({ open, abort }) => {
    it('deliver an answer of 4 MiB after the end of a question of 5 MiB', async () => {
      const question = randomBytes(5 * MIB);
      const answer = randomBytes(4 * MIB);
      let asked: string | undefined;
      target.serve = async (socket) => {
        asked = digest(await received(socket));
        socket.end(answer);
      };
      const socket = open();
      socket.end(question);
      expect(digest(await within(received(socket), 15_000, 'the answer'))).toBe(digest(answer));
      expect(asked).toBe(digest(question));
    });

    it('give a reset for the reset of a target', async () => {
      target.serve = (socket) => {
        socket.write('half an answ');
        socket.once('readable', () => socket.resetAndDestroy());
      };
      const socket = open();
      socket.write('question');
      expect(await outcome(socket)).toBe('ECONNRESET');
    });

    it("give the target a reset for a client's", async () => {
      let seen: Promise<string> | undefined;
      target.serve = (socket) => {
        seen = outcome(socket);
        socket.write('welcome');
      };
      const socket = open();
      socket.once('data', () => abort(socket));
      await within(once(socket, 'close'), 20_000, 'the client to close');
      expect(await seen).toBe('ECONNRESET');
    });
  });

  it('tell the sender that the target refuses', async () => {
    const error = await connectFailure(three.connectionStrings.refusing);
    expect(error).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
  });

  it("tell the sender that the target's name is unknown", async () => {
    // ENOTFOUND, where a resolver answers at all.
    const code = await lookupFailure();
    const error = await connectFailure(three.connectionStrings.unknown);
    expect(error).toMatchObject({ code, syscall: 'connect' });
  });

  describe.skipIf(!canInspectProcesses)('while 512 MiB wait for a reader that has paused', () => {
    it.each(['client', 'target'])(
      'stay as they are, and deliver all once the %s reads on',
      async (reader) => {
        await exchange(WAITING_BYTES / 16); // buffers and code as they are at work
        const before = memory();
        let atTarget: net.Socket | undefined;
        target.serve = (socket) => {
          atTarget = socket;
        };
        const client = local(three);
        await until(() => atTarget !== undefined, 20_000, 'the connection at the target');
        const [from, to] = reader === 'client' ? [atTarget!, client] : [client, atTarget!];
        to.pause();
        const sending = send(from, WAITING_BYTES);
        await stalled(from);
        const stuck = memory();
        expect(from.bytesWritten).toBeLessThan(WAITING_BYTES / 4);
        const counted = count(to);
        await within(sending, 60_000, 'the rest to be sent');
        expect(await within(counted, 60_000, 'the rest to arrive')).toBe(WAITING_BYTES);
        const after = memory();
        for (const name of PROCESSES) {
          const [least, most] = [before[name], Math.max(stuck[name], after[name])];
          console.log(
            `${name}, the ${reader} paused: ${mib(least)} before, ${mib(stuck[name])} stuck, ${mib(after[name])} after`,
          );
          expect(most - least).toBeLessThan(FLAT_BYTES);
        }
      },
      120_000,
    );
  });

  it.skipIf(!canInspectProcesses)(
    `close every descriptor of ${ABORTS} connections that are aborted`,
    async () => {
      target.serve = (socket) => {
        socket.on('end', () => socket.end());
        socket.resume().write('welcome');
      };
      const before = descriptors();
      const fates = [
        (socket: net.Socket) => socket.destroy(),
        (socket: net.Socket) => socket.once('connect', () => socket.resetAndDestroy()),
        (socket: net.Socket) => socket.once('data', () => socket.resetAndDestroy()),
        (socket: net.Socket) => socket.once('data', () => socket.destroy()),
      ];
      for (let wave = 0; wave < ABORTS / 20; wave += 1) {
        const closed = Array.from({ length: 20 }, (_, index) => {
          const socket = net.connect(three.port, '127.0.0.1');
          socket.on('error', () => {});
          fates[index % fates.length]!(socket);
          return once(socket, 'close');
        });
        await within(Promise.all(closed), 10_000, 'the aborted connections to close');
      }
      await until(
        () => {
          const now = descriptors();
          return PROCESSES.every((name) => now[name] <= before[name] + SLACK_DESCRIPTORS);
        },
        15_000,
        `descriptors to be closed: ${JSON.stringify(before)} before`,
      );
      console.log(`descriptors: ${JSON.stringify(before)} before, ${JSON.stringify(descriptors())} after`);
      await exchange(MIB);
    },
  );

  it('show a reset when the relay is killed mid-stream, and are back once it is', async () => {
    let seenByTarget: Promise<string> | undefined;
    target.serve = (socket) => {
      seenByTarget = outcome(socket);
      flood(socket);
    };
    const sockets = ways.map(({ open }) => open());
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    const outcomes = sockets.map(outcome);
    await three.relay.end('SIGKILL');
    expect(await Promise.all(outcomes)).toEqual(ways.map(() => 'ECONNRESET'));
    expect(await seenByTarget).toBe('ECONNRESET');

    await three.startRelay();
    const back = performance.now();
    target.serve = (socket) => socket.end('here again');
    await until(() => reachable(three), 10_000, 'the manager to be back');
    console.log(`the manager is back ${Math.round(performance.now() - back)} ms after the relay`);
  }, 120_000);
});

describe('a target that is killed mid-stream', () => {
  let program: ChildProcess;
  let three: ThreeProcesses;

  beforeAll(async () => {
    const path = fileURLToPath(new URL('programs/deaf-target.mjs', import.meta.url));
    program = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [port] = await once(program.stdout!, 'data');
    three = await ThreeProcesses.start({ host: '127.0.0.1', port: Number(port) });
  });
  afterAll(async () => {
    program?.kill('SIGKILL');
    await three?.stop();
  });

  it('shows the client a reset, not an end', async () => {
    const sockets: Duplex[] = [local(three), connect(three.connectionStrings.db)];
    for (const socket of sockets) socket.write(randomBytes(MIB));
    await Promise.all(sockets.map((socket) => once(socket, 'data')));
    await sleep(200); // the upload arrives, and stays unread
    const outcomes = sockets.map(outcome);
    program.kill('SIGKILL');
    expect(await Promise.all(outcomes)).toEqual(['ECONNRESET', 'ECONNRESET']);
  });
});

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}

/** A client of the forwarded port. It may be cut while nobody looks at it. */
function local(three: ThreeProcesses): net.Socket {
  const socket = net.connect({ port: three.port, host: '127.0.0.1', allowHalfOpen: true });
  return socket.on('error', () => {});
}

/** What this machine's resolver says of a name that nobody owns. */
async function lookupFailure(): Promise<unknown> {
  try {
    await dns.lookup(UNKNOWN_HOST);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
  throw new Error(`${UNKNOWN_HOST} resolves on this machine`);
}

/** What a sender is told instead of 'connect'. */
function connectFailure(connectionString: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(connectionString);
    socket.once('error', resolve);
    socket.once('connect', () => reject(new Error('It connected')));
  });
}

/** Whether a new connection reaches the target. */
async function reachable(three: ThreeProcesses): Promise<boolean> {
  const socket = connect(three.connectionStrings.db);
  return (await outcome(socket)) === 'end';
}
