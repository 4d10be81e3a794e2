import { describe, expect, it } from 'vitest';
import { startAdmin } from '../../test/managed.js';
import { makeRoutes } from './routes.js';

const routes = makeRoutes({ publicMetrics: false });

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
}
interface Operation {
  readonly operationId: string;
  readonly security?: unknown[];
  readonly parameters: { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Record<string, unknown> }> };
}

const read = async (): Promise<Document> => {
  await using admin = await startAdmin();
  const response = await fetch(`${admin.url}/openapi.json`);
  expect(response.status).toBe(200);
  return (await response.json()) as Document;
};

describe('the document of the interface', () => {
  it('has every route, and nothing else', async () => {
    const { openapi, paths } = await read();
    expect(openapi).toBe('3.1.0');
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('names each operation once', () => {
    const ids = routes.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has the parameters of an address, the versions, and what a list can be asked', async () => {
    const { paths } = await read();
    const list = Object.entries(paths).find(([path]) =>
      path.endsWith('/namespaces/{namespace}/hybridConnections'),
    );
    expect(list?.[1].get?.parameters.map(({ name, in: where }) => [name, where])).toEqual([
      ['subscription', 'path'],
      ['resourceGroup', 'path'],
      ['namespace', 'path'],
      ['api-version', 'query'],
      ['$top', 'query'],
      ['$skipToken', 'query'],
    ]);
  });

  it('has what a body may say, and that it may say no more', async () => {
    const { paths } = await read();
    const schema = paths['/api/tokens']?.post?.requestBody?.content['application/json']?.schema;
    expect(schema).toMatchObject({
      type: 'object',
      required: ['name', 'role'],
      additionalProperties: false,
      properties: { role: { enum: ['reader', 'operator', 'owner'] } },
    });
  });

  it('says which addresses need no token', async () => {
    const { paths } = await read();
    const open = Object.entries(paths)
      .filter(([, operations]) => Object.values(operations).some(({ security }) => security?.length === 0))
      .map(([path]) => path);
    expect(open.sort()).toEqual(['/healthz', '/openapi.json', '/readyz']);
  });
});
