/**
 * Prisma, over `pg` by its driver adapter, with the query compiler that is WebAssembly.
 *
 * The client is of a schema without models: what `prisma generate` writes for one is little more than this call, and its
 * command is not installed for it, since it brings 200 MB and asks for an engine that comes from outside of the registry.
 * @module
 */
import { PrismaPg } from '@prisma/adapter-pg';
import { type GetPrismaClientConfig, getPrismaClient } from '@prisma/client/runtime/client';
import type { Row, SqlDriver } from './driver.js';
import { ofPg, pgConfig } from './pg.js';

interface Raw {
  $queryRawUnsafe(sql: string): Promise<Row[]>;
  $executeRawUnsafe(sql: string): Promise<number>;
}

interface Client extends Raw {
  $transaction(body: (inner: Raw) => Promise<void>): Promise<void>;
  $disconnect(): Promise<void>;
}

/** It has no types. */
const COMPILER: string = '@prisma/client/runtime/query_compiler_fast_bg.postgresql';

/** Node's types have it in a library for browsers only. */
declare const WebAssembly: { readonly Module: new (bytes: Uint8Array) => object };

const config: GetPrismaClientConfig = {
  previewFeatures: [],
  clientVersion: '7.9.1',
  engineVersion: 'e922089b7d7502aff4249d5da3420f6fa55fc6ad',
  activeProvider: 'postgresql',
  inlineSchema: 'datasource db {\n  provider = "postgresql"\n}\n',
  runtimeDataModel: { models: {}, enums: {}, types: {} },
  parameterizationSchema: { strings: [], graph: 'AAAA' },
  compilerWasm: {
    getRuntime: () => import(`${COMPILER}.mjs`),
    async getQueryCompilerWasmModule() {
      const { wasm } = await import(`${COMPILER}.wasm-base64.mjs`);
      return new WebAssembly.Module(Buffer.from(wasm, 'base64'));
    },
    importName: './query_compiler_fast_bg.js',
  },
};

/** Over `pg`. */
export const prismaDriver: SqlDriver = {
  name: '@prisma/client over pg',
  ...ofPg,
  noSuchTable: { code: 'P2010' },
  lost: [...ofPg.lost, { name: 'DriverAdapterError', message: 'ConnectionClosed' }],
  async open(options) {
    const PrismaClient = getPrismaClient(config) as unknown as new (given: object) => Client;
    const adapter = new PrismaPg(
      { ...pgConfig(options), max: options.connections },
      { onPoolError: () => {} },
    );
    const client = new PrismaClient({ adapter });
    return {
      query: (sql) => query(client, sql),
      transaction: (body) => client.$transaction((inner) => body({ query: (sql) => query(inner, sql) })),
      end: () => client.$disconnect(),
    };
  },
};

async function query(on: Raw, sql: string): Promise<Row[]> {
  if (/^\s*SELECT/i.test(sql)) return on.$queryRawUnsafe(sql);
  await on.$executeRawUnsafe(sql);
  return [];
}
