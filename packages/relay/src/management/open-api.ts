/**
 * The interface of the admin port as a document, OpenAPI 3.1, made of the table that routes.
 * @module
 */
import { z } from 'zod';
import { type AnswerNote, json, type Route, route } from './route.js';

const JSON_TYPE = 'application/json';

/** Serves the document. It says nothing of this relay that its program does not, so it is public. */
export function documentRoute(routes: () => readonly Route[]): Route {
  let document: object | undefined;
  return route({
    kind: 'own',
    tag: 'Health',
    method: 'GET',
    path: '/openapi.json',
    role: 'public',
    id: 'getDocument',
    summary: 'This document',
    answers: { 200: 'OpenAPI 3.1' },
    handle: ({ version }) => {
      document ??= openApi(routes(), version);
      return json(document);
    },
  });
}

/** @param version - of the relay's program */
function openApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const each of routes) {
    paths[each.path] = { ...paths[each.path], [each.method.toLowerCase()]: operationOf(each) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hybridge relay: management',
      version,
      description:
        'Below /subscriptions and /providers in the shapes of Azure Resource Manager; below /api in the relay’s own. ' +
        'Segments of an address that are not parameters are the same in any case.',
    },
    // Relative: the relay may be below any path.
    servers: [{ url: '.' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Error: schemaOf(errorShape) },
    },
  };
}

const errorShape = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    target: z.string().optional().meta({ description: 'The member at fault.' }),
    details: z
      .array(z.object({ code: z.string(), message: z.string(), target: z.string().optional() }))
      .optional(),
  }),
});

function operationOf(each: Route): object {
  const { id, tag, summary, role, body, bodyOptional, answers } = each;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: role === 'public' ? 'Needs no token.' : `For tokens with the role ${role}${ABOVE[role]}.`,
    ...(role === 'public' && { security: [] }),
    parameters: [...pathParameters(each), ...versionParameter(each), ...queryParameters(each)],
    ...(body && {
      requestBody: { required: !bodyOptional, content: { [JSON_TYPE]: { schema: schemaOf(body) } } },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, note]) => [status, answerOf(note, status)]),
      ),
      default: {
        description: 'It is refused',
        content: { [JSON_TYPE]: { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  };
}

const ABOVE = { reader: ' and above', operator: ' and owner', owner: '' } as const;

function answerOf(note: string | AnswerNote, status: string): object {
  const { description, schema } = typeof note === 'string' ? { description: note, schema: undefined } : note;
  const isEmpty = status === '204';
  return {
    description,
    ...(!isEmpty && { content: { [JSON_TYPE]: { schema: schema ? schemaOf(schema) : {} } } }),
  };
}

function pathParameters({ path }: Route): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    ...(name === 'hybridConnection' && { description: 'A slash in the name is `~` or `%2F`.' }),
  }));
}

function versionParameter({ versions }: Route): object[] {
  if (versions === undefined) return [];
  return [{ name: 'api-version', in: 'query', required: true, schema: { type: 'string', enum: versions } }];
}

function queryParameters({ query }: Route): object[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(query) as {
    readonly properties?: Record<string, object>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    ...(required.includes(name) && { required: true }),
    schema,
  }));
}

/** What a client may send: defaults are for it to leave out. */
function schemaOf(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}
