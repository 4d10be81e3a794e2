/**
 * Checks YAML and JSON blocks: they must parse, and a configuration must be one that our commands take.
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadManagerConfig } from '@hybridge/manager';
import { redirectConfig } from '@hybridge/redirect';
import { loadRelayConfig } from '@hybridge/relay';
import { parseAllDocuments } from 'yaml';
import type { Block } from './markdown.js';

/** Stands where a configuration refers to a secret elsewhere; of another hybrid connection each. */
const secretOf = (name: string) =>
  `Endpoint=sb://relay.example.net/;SharedAccessKeyName=listen;SharedAccessKey=a key;EntityPath=${name}`;

/** Stands where it refers to a proxy. */
const PROXY = 'http://proxy.corp.example:3128';

/** Pages whose configurations are an application's. */
const APPLICATIONS = ['packages/redirect/README.md', 'docs/guides/unchanged-applications.md'];

/** What is wrong with a block, a line each. */
export function documentProblems(block: Block): string[] {
  const at = `${block.page}:${block.line}`;
  const documents = block.language === 'json' ? [json(block.code)] : parseAllDocuments(block.code);
  return documents.flatMap((document) => {
    if (document instanceof Error) return [`${at}: ${document.message}`];
    if (document.errors.length > 0) return document.errors.map(({ message }) => `${at}: ${message}`);
    const value: unknown = document.toJS();
    if (has(value, 'namespaces')) return problemsOfLoading(at, 'relay.yaml', block.code, loadRelayConfig);
    const env = new Proxy(
      {},
      { get: (_, name) => (String(name).includes('PROXY') ? PROXY : secretOf(String(name))) },
    );
    if (APPLICATIONS.includes(block.page) || has(value, 'app')) {
      return problemsOfLoading(at, 'app.yaml', block.code, (path) =>
        redirectConfig(value, { env, directory: dirname(path) }),
      );
    }
    if (has(value, 'connections')) {
      return problemsOfLoading(at, 'manager.yaml', block.code, (path) => loadManagerConfig(path, { env }));
    }
    return [];
  });
}

/** A stand-in for YAML's document: JSON is stricter than YAML, so that it is read by its own parser. */
function json(code: string): { errors: Error[]; toJS(): unknown } | Error {
  try {
    const value: unknown = JSON.parse(code);
    return { errors: [], toJS: () => value };
  } catch (error) {
    return error as Error;
  }
}

function has(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value;
}

function problemsOfLoading(
  at: string,
  name: string,
  code: string,
  load: (path: string) => unknown,
): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'hybridge-readme-'));
  try {
    for (const [, file = ''] of code.matchAll(/\bfile:([\w.-]+)/g)) {
      writeFileSync(join(folder, file), secretOf(file), { mode: 0o600 });
    }
    const path = join(folder, name);
    writeFileSync(path, code, { mode: 0o600 });
    load(path);
    return [];
  } catch (error) {
    return [`${at}: ${(error as Error).message}`];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
