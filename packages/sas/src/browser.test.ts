/**
 * The package in a browser: bundled for one, it holds nothing of Node's and runs where there is nothing of Node's.
 * @module
 */
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

describe('the package, bundled for a browser', () => {
  let code = '';
  let inputs: string[] = [];
  let imports: string[] = [];

  beforeAll(async () => {
    const result = await build({
      entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
      bundle: true,
      format: 'iife',
      globalName: 'sas',
      platform: 'browser',
      metafile: true,
      write: false,
      logLevel: 'silent',
    });
    code = result.outputFiles[0]?.text ?? '';
    inputs = Object.keys(result.metafile.inputs);
    imports = Object.values(result.metafile.outputs).flatMap((output) =>
      output.imports.map(({ path }) => path),
    );
  });

  it('imports nothing, and is made of its own sources and @noble/hashes only', () => {
    expect(imports).toEqual([]);
    expect(inputs.filter((path) => !/(^|\/)src\/[a-z0-9-]+\.ts$|\/@noble\/hashes\//.test(path))).toEqual([]);
  });

  it('names nothing of Node', () => {
    expect(code).not.toMatch(/\brequire\s*\(|\bnode:|\bBuffer\b|\bprocess\./);
  });

  it('runs with the globals of the web alone', () => {
    const { crypto, TextEncoder, URL, btoa, atob } = globalThis;
    // The language's own objects come with the context. A typed array of this realm is what crypto and URL know.
    const realm = createContext({ crypto, TextEncoder, URL, btoa, atob, Uint8Array });
    const result: unknown = runInContext(
      `${code}
      (() => {
        const key = sas.generateKey();
        const text = sas.formatConnectionString({
          endpoint: new URL('sb://contoso.example'), entityPath: 'hyco', sharedAccessKeyName: 'send', sharedAccessKey: key });
        const connection = sas.parseConnectionString(text);
        const resource = sas.audienceOf(connection.endpoint, connection.entityPath);
        const { token } = sas.tokenProviderFor(connection).getToken(resource);
        return JSON.stringify({
          missing: [typeof process, typeof Buffer, typeof require],
          verified: sas.verifyToken(sas.parseToken(token), key),
          audience: sas.parseToken(token).audience,
          redacted: sas.redactConnectionString(text),
        });
      })()`,
      realm,
    );
    expect(JSON.parse(String(result))).toEqual({
      missing: ['undefined', 'undefined', 'undefined'],
      verified: true,
      audience: 'http://contoso.example/hyco/',
      redacted: 'Endpoint=sb://contoso.example/;SharedAccessKeyName=send;SharedAccessKey=***;EntityPath=hyco',
    });
  });
});
