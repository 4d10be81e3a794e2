/**
 * Everything that can be asked of a running manager. What it means stands in `api.ts`.
 * @module
 */
import { outcomeOf, type Step } from '@hybridge/diagnosis';
import { badRequest, EXPOSITION_TYPE, type InputSchema, RestError } from '@hybridge/service';
import { z } from 'zod';
import { ManagerConfigError } from '../config/config-error.js';
import { parseTarget, type Target } from '../target/target.js';
import type { AddConnection, ChangeConnection } from './api.js';
import { blockedByPolicy } from './config-store.js';
import { type ControlAnswer, type ControlEvents, type ControlRoute, route } from './control-route.js';
import type { LogSearch } from './log-ring.js';
import type { ManagerService } from './manager-service.js';

/** Longer than any connection string, name or address. */
const text = z.string().trim().min(1).max(8_192);
const name = z.string().trim().min(1).max(260);
const details = { endpoint: text.optional(), name: name.optional() };
const byString = z.strictObject({ connectionString: text, ...details });
const byLogin = z.strictObject({ login: text, namespace: text, hybridConnection: text, ...details });
/** Whoever names a login means that, and is told what is wrong with that. */
const addConnection: InputSchema<AddConnection> = {
  safeParse: (value) => {
    const isByLogin = typeof value === 'object' && value !== null && 'login' in value;
    return (isByLogin ? byLogin : byString).safeParse(value);
  },
};

const changeConnection: InputSchema<ChangeConnection> = z
  .strictObject({
    connectionString: text.optional(),
    login: text.optional(),
    key: z.enum(['primary', 'secondary']).optional(),
    endpoint: text.nullable().optional(),
    name: name.nullable().optional(),
  })
  .refine((wanted) => Object.values(wanted).some((value) => value !== undefined), 'has nothing to change')
  .refine(
    ({ connectionString, login }) => connectionString === undefined || login === undefined,
    'has a connection string or a login, and not both',
  )
  .refine(({ key, login }) => key === undefined || login !== undefined, 'has a key without a login');

const count = (most: number, usual: number) =>
  z
    .string()
    .regex(/^\d{1,4}$/, 'is not a number')
    .transform(Number)
    .pipe(z.int().max(most))
    .default(usual);
const level = z.enum(['error', 'warn', 'info', 'debug']).optional();

/** All of them. */
export function controlRoutes(service: ManagerService): readonly ControlRoute[] {
  const { manager, log, logins, ports } = service;
  return [
    route({ method: 'GET', path: '/api/status', handle: () => json(service.status()) }),
    route({
      method: 'GET',
      path: '/api/connections',
      handle: () => json({ value: service.connections() }),
    }),
    route({
      method: 'POST',
      path: '/api/connections',
      body: addConnection,
      handle: async ({ body, by }) => json(await service.add(body, by), 201),
    }),
    route({
      method: 'GET',
      path: '/api/connections/{id}',
      handle: ({ params }) => json(service.connection(params.id!)),
    }),
    route({
      method: 'PATCH',
      path: '/api/connections/{id}',
      body: changeConnection,
      handle: async ({ params, body, by }) => json(await service.change(params.id!, body, by)),
    }),
    route({
      method: 'DELETE',
      path: '/api/connections/{id}',
      handle: async ({ params, by }) => {
        await service.remove(params.id!, by);
        return { status: 204 };
      },
    }),
    route({
      method: 'POST',
      path: '/api/connections/{id}/restart',
      handle: ({ params }) => {
        const { name } = service.connection(params.id!);
        log.add('info', 'restarted by hand', { connection: name });
        manager.restart(name);
        return json(service.connection(params.id!), 202);
      },
    }),
    route({
      method: 'POST',
      path: '/api/connections/{id}/test',
      handle: ({ params }) => {
        const { name, namespace } = service.connection(params.id!);
        // What may not be dialled is not dialled to find out, either.
        const denial = manager.denial({ namespace });
        if (denial !== undefined) throw blockedByPolicy(denial);
        return walked((signal) => manager.test(name, { signal }));
      },
    }),
    route({
      method: 'POST',
      path: '/api/test',
      body: z.strictObject({ target: text }),
      handle: ({ body }) => {
        const target = targetOf(body.target);
        return walked((signal) => manager.testTarget(target, { signal }));
      },
    }),
    route({ method: 'GET', path: '/api/login', handle: () => json({ value: logins.list() }) }),
    route({
      method: 'POST',
      path: '/api/login',
      body: z.strictObject({ url: text, token: text }),
      handle: async ({ body }) => json(await logins.open(body), 201),
    }),
    route({
      method: 'GET',
      path: '/api/login/{id}',
      handle: async ({ params }) => json(await logins.look(params.id!)),
    }),
    route({
      method: 'DELETE',
      path: '/api/login/{id}',
      handle: ({ params }) => {
        logins.close(params.id!);
        return { status: 204 };
      },
    }),
    route({
      method: 'GET',
      path: '/api/events',
      query: z.strictObject({
        only: z.enum(['status', 'log']).optional(),
        backlog: count(1_000, 0),
        connection: text.optional(),
        level,
      }),
      handle: ({ query }) => ({ status: 200, events: happenings(service, query) }),
    }),
    route({
      method: 'GET',
      path: '/api/logs',
      query: z.strictObject({ limit: count(1_000, 200), connection: text.optional(), level }),
      handle: ({ query }) =>
        json({ value: log.entries({ ...query, connection: query.connection?.toLowerCase() }) }),
    }),
    route({
      method: 'GET',
      path: '/api/audit',
      query: z.strictObject({
        limit: count(1_000, 100),
        before: text.optional(),
        connection: text.optional(),
        operation: text.optional(),
      }),
      handle: async ({ query }) => {
        if (ports.audit === undefined) throw notKept('an audit log');
        return json(await ports.audit({ ...query, connection: query.connection?.toLowerCase() }));
      },
    }),
    route({
      method: 'GET',
      path: '/api/ui',
      only: 'socket',
      handle: () => json({ url: service.uiAddress() }),
    }),
    route({
      method: 'GET',
      path: '/metrics',
      handle: () => {
        if (ports.metrics === undefined) throw notKept('metrics');
        return { status: 200, text: ports.metrics(), headers: { 'Content-Type': EXPOSITION_TYPE } };
      },
    }),
  ];
}

function json(body: unknown, status = 200): ControlAnswer {
  return { status, body };
}

/** @throws RestError 400 */
function targetOf(given: string): Target {
  try {
    return parseTarget(given);
  } catch (error) {
    if (!(error instanceof ManagerConfigError)) throw error;
    throw badRequest(`${error.message}.`, 'target');
  }
}

function notKept(what: string): RestError {
  return new RestError(501, 'NotImplemented', `This manager keeps no ${what.replace(/^an? /, '')}.`);
}

/** Steps as they are taken. Whoever leaves ends the walk. */
function walked(walk: (signal: AbortSignal) => AsyncGenerator<Step>): ControlAnswer {
  const events: ControlEvents = (send, end) => {
    const left = new AbortController();
    const go = async () => {
      const steps: Step[] = [];
      try {
        for await (const step of walk(left.signal)) {
          steps.push(step);
          send({ event: 'step', data: step });
        }
        send({ event: 'done', data: { outcome: outcomeOf(steps) } });
      } catch (error) {
        const { code = 'ERR_INTERNAL', message } = error as NodeJS.ErrnoException;
        if (!left.signal.aborted) send({ event: 'error', data: { code, message } });
      }
      end();
    };
    void go();
    return () => left.abort();
  };
  return { status: 200, events };
}

/** What is asked for of what happens. */
interface Happenings extends Omit<LogSearch, 'limit'> {
  readonly only?: 'status' | 'log' | undefined;
  readonly backlog: number;
}

function happenings({ feed, log }: ManagerService, asked: Happenings): ControlEvents {
  const { only, backlog } = asked;
  const search = { connection: asked.connection?.toLowerCase(), level: asked.level };
  return (send) => {
    const ends: (() => void)[] = [];
    if (only !== 'log') ends.push(feed.watch(send));
    if (only !== 'status') {
      for (const entry of log.entries({ ...search, limit: backlog })) send({ event: 'log', data: entry });
      ends.push(log.watch(search, (entry) => send({ event: 'log', data: entry })));
    }
    return () => {
      for (const end of ends) end();
    };
  };
}
