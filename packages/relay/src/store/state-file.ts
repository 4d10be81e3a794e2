/**
 * The file that holds a relay's model: its text, and how it is read.
 *
 * JSON, with a line for each hybrid connection, plan, app and token, so that two backups can be compared. The text is
 * made in pieces: with ten thousand hybrid connections it is megabytes, and between two pieces the relay goes on. A model
 * never changes, so all of them are of one moment.
 *
 * Source: docs/management.md (what is kept).
 * @module
 */
import { z } from 'zod';
import { RelayConfigError } from '../config/relay-config-error.js';
import type { NamespaceModel } from '../model/model.js';
import { modelSchema } from './model-schema.js';
import { readIfThere } from './read-if-there.js';
import type { Stored } from './store.js';

/** The format that is written here. One with more members in it gets another number. */
const VERSION = 1;

/** Characters of a piece, about. */
const PIECE_CHARS = 65_536;

const stateSchema = z.strictObject({
  version: z.literal(VERSION),
  revision: z.int().min(1),
  ...modelSchema.shape,
});

/** Reads the file; `undefined` when there is none. @throws RelayConfigError when it cannot be used. It is never repaired. */
export async function readState(path: string): Promise<Stored | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const value = jsonIn(text);
  const version = (value as { version?: unknown } | null | undefined)?.version;
  if (typeof version === 'number' && version > VERSION) {
    throw new RelayConfigError(
      `${path} has the format ${version}, and this version of the relay knows ${VERSION}: use the newer version that wrote it`,
    );
  }
  const result = stateSchema.safeParse(value);
  if (!result.success) {
    // Paths name members and indexes, never values.
    const place =
      value === undefined ? 'it is not JSON' : `at ${result.error.issues[0]!.path.join('.') || 'its top'}`;
    throw new RelayConfigError(
      `${path} is damaged (${place}): restore it from a backup, or move it away to begin anew`,
    );
  }
  const { version: _, revision, ...model } = result.data;
  return { model, revision };
}

/** The file's text, in pieces. */
export function* stateText(stored: Stored): Generator<string> {
  let piece = '';
  for (const line of lines(stored)) {
    piece += line;
    if (piece.length < PIECE_CHARS) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function* lines({ model, revision }: Stored): Generator<string> {
  yield `{"version":${VERSION},"revision":${revision},\n"namespaces":[`;
  yield* list(model.namespaces, namespaceLines);
  for (const name of ['plans', 'apps', 'tokens'] as const) {
    yield `],\n"${name}":[`;
    yield* list<unknown>(model[name], (item) => [JSON.stringify(item)]);
  }
  yield ']}\n';
}

function* namespaceLines({ hybridConnections, ...rest }: NamespaceModel): Generator<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"hybridConnections":[`;
  yield* list(hybridConnections, (item) => [JSON.stringify(item)]);
  yield ']}';
}

function* list<Item>(items: readonly Item[], linesOf: (item: Item) => Iterable<string>): Generator<string> {
  for (const [index, item] of items.entries()) {
    yield index === 0 ? '\n' : ',\n';
    yield* linesOf(item);
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
