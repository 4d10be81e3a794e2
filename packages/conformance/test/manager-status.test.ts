/**
 * A manager's status never lies: for whatever goes wrong, the state, the reason and what to do, within the documented time
 * (packages/manager/README.md), and the way back.
 *
 * A relay that hangs and a network that swallows packets are noticed after 10 to 20 seconds by themselves. To be quick, the manager
 * is told to look at once, as when its machine wakes up; with `HYBRIDGE_TRUE_TIMES=1` it is not.
 */
import { once } from 'node:events';
import type { ConnectionStatus } from '@hybridge/manager';
import { HybridConnectionSender } from '@hybridge/sender';
import { expect, it, type TestContext } from 'vitest';
import { until, within } from '../src/deadline.js';
import { now, Part } from '../src/part.js';
import { requireBuild } from '../src/processes.js';
import { CuttablePath } from '../src/relay-suite/cuttable-path.js';
import { freePort } from '../src/services/server-process.js';
import { TargetServer } from '../src/target-server.js';

requireBuild();

const hasTrueTimes = process.env.HYBRIDGE_TRUE_TIMES === '1';
const HOUR = 3_600_000;
const RELAY_NAME = 'relay.test';
const TARGET_NAME = 'db.test';
/** The documented times, in milliseconds. */
const AT_ONCE = 1_000;
const SILENCE = 20_000;
const MINUTE = 60_000;
/** How much later than documented a test gives up: these machines are busy. */
const GRACE = 15_000;

/** How the manager comes to its relay, and what its clock is ahead. */
interface Setting {
  readonly through?: 'the relay' | 'a path';
  readonly clockOffMs?: number;
}

/** Of one test: several run at the same time. */
type Finished = TestContext['onTestFinished'];

/** Everything that can go wrong, and a manager in its midst. */
class Stage {
  relay!: Part;
  manager!: Part;
  readonly target: TargetServer;
  readonly path: CuttablePath;
  readonly #port: number;

  static async set(
    finished: Finished,
    { through = 'the relay', clockOffMs = 0 }: Setting = {},
  ): Promise<Stage> {
    const port = await freePort();
    const stage = new Stage(
      port,
      await TargetServer.start(),
      await CuttablePath.to(`ws://127.0.0.1:${port}`),
    );
    finished(() => stage.strike());
    await stage.startRelay();
    const way = through === 'the relay' ? `ws://${RELAY_NAME}:${port}` : stage.path.origin;
    const listen = await stage.relay.ask<string>('connectionString', 'db', { policy: 'defaultListener' });
    const settings = {
      connections: [
        {
          connectionString: listen.replace(/Endpoint=[^;]+/, `Endpoint=${way}/`),
          endpoint: `${TARGET_NAME}:${stage.target.port}`,
        },
      ],
      targetTimeoutMs: 2_000,
    };
    const names = { [RELAY_NAME]: '127.0.0.1', [TARGET_NAME]: '127.0.0.1' };
    stage.manager = await Part.start('manager', [settings, names], {
      HYBRIDGE_CLOCK_OFF_MS: String(clockOffMs),
    });
    return stage;
  }

  private constructor(port: number, target: TargetServer, path: CuttablePath) {
    this.#port = port;
    this.target = target;
    this.path = path;
    target.serve = (socket) => socket.pipe(socket);
  }

  async startRelay(hybridConnection = 'db'): Promise<void> {
    const rule = (name: string, right: string) => ({ name, rights: [right], primaryKey: KEY });
    this.relay = await Part.start('relay', [
      {
        listen: { port: this.#port },
        hybridConnections: [
          {
            name: hybridConnection,
            authorizationRules: [rule('defaultListener', 'Listen'), rule('defaultSender', 'Send')],
          },
        ],
      },
    ]);
  }

  /** Connects as an application does, and hears an echo. @throws the socket's error */
  async reach(): Promise<void> {
    const sender = new HybridConnectionSender({
      connectionString: await this.relay.ask<string>('connectionString', 'db', { policy: 'defaultSender' }),
    });
    const socket = sender.connect();
    try {
      socket.write('ping');
      const [echo] = await within(once(socket, 'data'), 20_000, 'an echo');
      expect(String(echo)).toBe('ping');
    } finally {
      socket.destroy();
    }
  }

  async status(): Promise<ConnectionStatus> {
    return (await this.manager.ask<ConnectionStatus[]>('status'))[0]!;
  }

  async strike(): Promise<void> {
    this.relay.thaw();
    await Promise.all([this.manager?.kill(), this.relay.kill()]);
    this.path.cut();
    this.target.stop();
  }
}

const KEY = Buffer.alloc(32, 'k').toString('base64');

/** What is told of a failure. */
interface Seen {
  readonly state: string;
  readonly code: string;
  readonly message: string;
  readonly advice: string;
}

function seenIn({ state, targetFailure, clock }: ConnectionStatus): Seen | undefined {
  if (targetFailure !== undefined) return { state: state.name, ...targetFailure };
  if (clock !== undefined && state.name === 'online') return { state: 'online', code: 'clock', ...clock };
  if (!('because' in state) || state.because === undefined) return undefined;
  const { code, message } = state.because as NodeJS.ErrnoException;
  return { state: state.name, code: String(code), message, advice: state.advice ?? '' };
}

interface Situation {
  readonly situation: string;
  readonly set?: Setting;
  /** What goes wrong; absent where it is so from the beginning. */
  readonly wrong?: (stage: Stage) => unknown;
  readonly withinMs: number;
  readonly states: readonly string[];
  readonly code: string;
  readonly message: RegExp;
  readonly advice: RegExp;
  /** How it is mended, where that can be. */
  readonly mended?: (stage: Stage) => unknown;
}

/** What is said of a relay that says nothing, whatever the reason. */
const SILENT = {
  withinMs: SILENCE,
  states: ['waiting', 'connecting'] as const,
  code: 'ERR_RELAY_CUT',
  message: /^Nothing was heard from the relay for \d+ s$/,
  advice: /^The relay hangs, or the network between loses packets/,
};

const SITUATIONS: readonly Situation[] = [
  {
    situation: 'a relay that hangs',
    wrong: async ({ relay, manager }) => {
      relay.freeze();
      if (!hasTrueTimes) await manager.ask('probe');
    },
    ...SILENT,
    mended: ({ relay }) => relay.thaw(),
  },
  {
    situation: 'a network that swallows packets',
    set: { through: 'a path' },
    wrong: async ({ path, manager }) => {
      path.swallow();
      if (!hasTrueTimes) await manager.ask('probe');
    },
    ...SILENT,
    mended: ({ path }) => path.heal(),
  },
  {
    situation: 'a relay that is gone',
    wrong: ({ relay }) => relay.kill(),
    withinMs: AT_ONCE,
    states: ['waiting', 'connecting'],
    code: 'ERR_RELAY_CUT',
    message: /cannot be reached: connect ECONNREFUSED/,
    advice: /nothing listens at that port: is the relay running/,
    mended: (stage) => stage.startRelay(),
  },
  {
    situation: "a relay's name that is gone from the DNS",
    wrong: async ({ manager, relay }) => {
      await manager.ask('names', { [RELAY_NAME]: null });
      await relay.kill();
    },
    withinMs: AT_ONCE,
    states: ['waiting', 'connecting'],
    code: 'ERR_RELAY_CUT',
    message: /cannot be reached: getaddrinfo ENOTFOUND relay\.test/,
    advice: /spelling of Endpoint, and ask by hand: nslookup/,
    mended: async (stage) => {
      await stage.startRelay();
      await stage.manager.ask('names', { [RELAY_NAME]: '127.0.0.1' });
    },
  },
  {
    situation: 'a target that is gone',
    wrong: async (stage) => {
      stage.target.stop();
      await expect(stage.reach()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    },
    withinMs: AT_ONCE,
    states: ['online'],
    code: 'ECONNREFUSED',
    message: /^connect ECONNREFUSED/,
    advice: /nothing listens at that port: start the service/,
  },
  {
    situation: "a target's name that is gone from the DNS, when a sender comes",
    wrong: async (stage) => {
      await stage.manager.ask('names', { [TARGET_NAME]: null });
      await expect(stage.reach()).rejects.toMatchObject({ code: 'ENOTFOUND' });
    },
    withinMs: AT_ONCE,
    states: ['online'],
    code: 'ENOTFOUND',
    message: /^getaddrinfo ENOTFOUND db\.test/,
    advice: /has to be known on this machine: ask by hand with nslookup/,
    mended: async (stage) => {
      await stage.manager.ask('names', { [TARGET_NAME]: '127.0.0.1' });
      await stage.reach();
    },
  },
  {
    situation: "a target's name that is gone from the DNS, when nobody comes",
    wrong: async ({ manager, relay }) => {
      await manager.ask('names', { [TARGET_NAME]: null });
      // It is looked at once a minute, and at each return to the relay.
      if (hasTrueTimes) return;
      relay.freeze();
      await manager.ask('probe');
      await manager.next(({ value }) => value.name === 'waiting', SILENCE + GRACE, 'the relay to be missed');
      relay.thaw();
    },
    withinMs: MINUTE,
    states: ['online', 'waiting', 'connecting'],
    code: 'ENOTFOUND',
    message: /^getaddrinfo ENOTFOUND db\.test/,
    advice: /has to be known on this machine: ask by hand with nslookup/,
  },
  {
    situation: 'a clock an hour behind',
    set: { clockOffMs: -HOUR },
    withinMs: AT_ONCE,
    states: ['online'],
    code: 'clock',
    message:
      /^this machine's clock is 60 minutes behind the relay's: tokens are expired before they are renewed$/,
    advice: /^Set the clock of this machine, and have NTP keep it/,
  },
  {
    situation: 'a clock so far behind that tokens are expired when they are made',
    set: { clockOffMs: -HOUR - 600_000 },
    withinMs: AT_ONCE,
    states: ['refused', 'connecting'],
    code: 'ERR_RELAY_UNAUTHORIZED',
    message: /expired/i,
    advice: /^Set the clock of this machine, and have NTP keep it/,
  },
  {
    situation: 'a clock an hour ahead',
    set: { clockOffMs: HOUR },
    withinMs: AT_ONCE,
    states: ['online'],
    code: 'clock',
    message: /^this machine's clock is 60 minutes ahead of the relay's$/,
    advice: /^Set the clock of this machine, and have NTP keep it/,
  },
  {
    situation: 'a key that is revoked',
    wrong: ({ relay }) =>
      relay.ask('regenerateKey', { hybridConnection: 'db', policy: 'defaultListener' }, 'primary'),
    withinMs: AT_ONCE,
    states: ['refused', 'connecting'],
    code: 'ERR_RELAY_UNAUTHORIZED',
    message: /invalid signature/i,
    advice: /^Copy the connection string again from the relay: the key may have been rolled/,
  },
  {
    situation: 'a hybrid connection that is gone',
    wrong: async (stage) => {
      await stage.relay.kill();
      await stage.startRelay('another');
    },
    withinMs: AT_ONCE,
    states: ['refused', 'connecting'],
    code: 'ERR_RELAY_ENDPOINT_NOT_FOUND',
    message: /does not exist/i,
    advice: /^Check EntityPath; if it was deleted, create it again at the relay/,
  },
];

it.concurrent.for(SITUATIONS)(
  '$situation: state, reason and advice',
  { timeout: 180_000 },
  async (situation, { onTestFinished }) => {
    const { set, wrong, withinMs, states, code, message, advice, mended } = situation;
    const stage = await Stage.set(onTestFinished, set);
    if (wrong !== undefined) {
      await until(
        async () => (await stage.status()).state.name === 'online',
        GRACE,
        'the manager to be online',
      );
      expect(seenIn(await stage.status())).toBeUndefined();
    }
    const startedAt = now();
    await wrong?.(stage);
    let seen: Seen | undefined;
    const isSeen = async () => {
      seen = seenIn(await stage.status());
      return seen !== undefined && seen.code === code && message.test(seen.message);
    };
    await until(isSeen, withinMs + GRACE, `the status to say ${code}`);
    const told = stage.manager.told.find(({ value, at }) => at >= startedAt && value?.because?.code === code);
    const tookMs = Math.round((told?.at ?? now()) - startedAt);
    expect(states).toContain(seen!.state);
    expect(seen!.advice).toMatch(advice);
    const said = `${situation.situation} (${tookMs} ms)\n  ${seen!.state} ${code}: ${seen!.message}\n  -> ${seen!.advice}`;
    if (mended === undefined) {
      console.log(said);
      return;
    }
    await mended(stage);
    const mendedAt = now();
    const isWell = async () => {
      const status = await stage.status();
      return status.state.name === 'online' && seenIn(status) === undefined;
    };
    await until(isWell, 60_000, 'the status to be well again');
    await stage.reach();
    console.log(`${said}\n  well again after ${Math.round(now() - mendedAt)} ms`);
  },
);
