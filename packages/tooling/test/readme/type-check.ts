/**
 * Type-checks code blocks as if each were a module of a package that depends on all of ours.
 *
 * The types are those that the build made: what a reader of the page gets. Nothing is written to disk.
 * @module
 */
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../repository.js';
import type { Block } from './markdown.js';

/** The languages that are checked, and the extension that makes the compiler take each for an ES module. */
const EXTENSIONS: Readonly<Record<string, string>> = { ts: 'mts', js: 'mjs' };

/** Whether {@link typeErrors} can say anything of a block. */
export function isTyped(block: Block): boolean {
  return block.language in EXTENSIONS;
}

/** Each block's errors, `page:line: message`. Every block stands alone: names of an earlier one are not known. */
export function typeErrors(blocks: readonly Block[]): Map<Block, string[]> {
  const errors = new Map<Block, string[]>();
  for (const [language, extension] of Object.entries(EXTENSIONS)) {
    const sources = new Map<string, Block>();
    for (const block of blocks.filter((candidate) => candidate.language === language)) {
      // In this package's folder, so that imports are resolved with its dependencies.
      sources.set(slashes(join(ROOT, `packages/tooling/block-${sources.size}.${extension}`)), block);
    }
    const program = programOf(sources, language === 'ts');
    for (const [path, block] of sources) {
      const file = program.getSourceFile(path);
      errors.set(block, file === undefined ? [`${block.page}: not read`] : errorsIn(program, file, block));
    }
  }
  return errors;
}

function programOf(sources: ReadonlyMap<string, Block>, strict: boolean): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    moduleDetection: ts.ModuleDetectionKind.Force,
    strict,
    exactOptionalPropertyTypes: strict,
    noUncheckedIndexedAccess: strict,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => sources.has(slashes(path)) || fileExists(path);
  host.readFile = (path) => sources.get(slashes(path))?.code ?? readFile(path);
  host.getSourceFile = (path, version, ...rest) => {
    const block = sources.get(slashes(path));
    return block === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, block.code, version);
  };
  return ts.createProgram([...sources.keys()], options, host);
}

function errorsIn(program: ts.Program, file: ts.SourceFile, block: Block): string[] {
  const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
  return found.map(({ start, messageText }) => {
    const line = start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
    return `${block.page}:${block.line + line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}
