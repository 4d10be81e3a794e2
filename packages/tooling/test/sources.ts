/**
 * What a package's sources import.
 * @module
 */
import { readdirSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT, read } from './repository.js';

/** One import of one file. */
export interface Import {
  /** The file, from the root of the repository. */
  readonly file: string;
  /** What it imports, as written. */
  readonly specifier: string;
  /** Whether the file is shipped, or a test. */
  readonly test: boolean;
}

/** Every import of a package: static, dynamic, type-only and re-exports. @param folder - from the root */
export function importsOf(folder: string): Import[] {
  return ['src', 'test'].flatMap((part) =>
    typeScriptFiles(`${folder}/${part}`).flatMap((file) => {
      const { importedFiles } = ts.preProcessFile(read(file), true, true);
      const test = part === 'test' || file.endsWith('.test.ts');
      return importedFiles.map(({ fileName: specifier }) => ({ file, specifier, test }));
    }),
  );
}

/** The package that a specifier names; `undefined` for a file and for a part of Node. */
export function packageNamed(specifier: string): string | undefined {
  if (specifier.startsWith('.') || isBuiltin(specifier)) return undefined;
  return /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}

/** Whether a specifier names a part of Node. */
export function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

function typeScriptFiles(folder: string): string[] {
  try {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
  } catch (error) {
    // A package need not have both parts.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
