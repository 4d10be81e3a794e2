/**
 * Whatever a published package exports, it explains: in the sources, and so in an editor and in the reference.
 * @module
 */
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { packages, ROOT } from './repository.js';

const published = packages().filter(({ manifest }) => manifest.private !== true);
const entries = published.map(({ folder, manifest }) => ({
  name: manifest.name,
  entry: join(ROOT, folder, 'dist/index.d.ts').replaceAll('\\', '/'),
}));

describe('the exports of', () => {
  let program: ts.Program;
  beforeAll(() => {
    program = ts.createProgram(
      entries.map(({ entry }) => entry),
      {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        types: ['node'],
        typeRoots: [join(ROOT, 'node_modules/@types')],
        skipLibCheck: true,
      },
    );
  });

  it.each(entries)('$name have a comment each', ({ entry }) => {
    const checker = program.getTypeChecker();
    const file = program.getSourceFile(entry);
    const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
    expect(module, 'the package is built').toBeDefined();
    const silent = checker.getExportsOfModule(module as ts.Symbol).filter((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return target.getDocumentationComment(checker).length === 0;
    });
    expect(silent.map(({ name }) => name)).toEqual([]);
  });
});
