/**
 * Files of pages for browsers, as they were built.
 *
 * They need no token: they are the same for everybody and hold nothing of the service. Only names with a hash in them are
 * kept by browsers for good; the others are asked for again.
 * @module
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { RestError } from './rest-error.js';

/** A file, ready to be sent. */
export interface PageFile {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Scripts, styles, pictures and connections of this origin only; nobody may frame it, and no form leaves it. */
const POLICY = [
  "default-src 'none'",
  ...['script-src', 'style-src', 'connect-src', 'img-src', 'font-src'].map((kind) => `${kind} 'self'`),
  ...['frame-ancestors', 'base-uri', 'form-action'].map((kind) => `${kind} 'none'`),
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/** `app-1f9c02ab.js`, `app.5RZ3KQ7A.css` */
const HASHED = /[.-][0-9a-z_]{8,}\.\w+$/i;
/** A name that needs no care: no path, nothing hidden. */
const PLAIN = /^[\w-][\w.-]*$/;

/**
 * Reads a file of pages.
 * @param segments - of the address below theirs; an empty last one is the page itself
 * @throws RestError 404
 */
export async function pageFile(folder: string, segments: readonly string[]): Promise<PageFile> {
  const names = segments.at(-1) === '' ? [...segments.slice(0, -1), 'index.html'] : segments;
  const name = names.at(-1)!;
  const type = TYPES[extname(name).toLowerCase()];
  if (type === undefined || !names.every((each) => PLAIN.test(each))) throw noFile();
  const bytes = await contentOf(join(folder, ...names));
  if (bytes === undefined) throw names.length === 1 && name === 'index.html' ? notBuilt() : noFile();
  return {
    bytes,
    headers: {
      'Content-Type': type,
      'Content-Security-Policy': POLICY,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Cache-Control': HASHED.test(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
      ETag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    },
  };
}

async function contentOf(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}

function noFile(): RestError {
  return new RestError(404, 'NotFound', 'There is no such file.');
}

function notBuilt(): RestError {
  return new RestError(404, 'NotFound', 'The pages are not built: npm run build makes them.');
}
