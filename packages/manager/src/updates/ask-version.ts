/**
 * Asks a registry which version is the latest, and tells it nothing.
 *
 * The way is that to the relays: proxy, trust. No redirect is followed, and of the answer nothing but the version is read.
 * @module
 */
import { fetchThrough, type TransportOptions } from '@hybridge/socket';
import { isVersion } from './version.js';

/** Whom to ask, and how. */
export interface AskVersionOptions {
  readonly url: string;
  readonly transport?: TransportOptions | undefined;
  /** For everything, in milliseconds. @defaultValue 15_000 */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS = 15_000;
/** Tags of a package are some hundred bytes, what a registry says of one version some thousand. */
const MAX_BYTES = 65_536;

/**
 * Asks once.
 * @returns the version that the answer has as `latest` or `version`.
 * @throws Error with the reason, of whatever kind.
 */
export async function askVersion({
  url,
  transport = {},
  timeoutMs = TIMEOUT_MS,
}: AskVersionOptions): Promise<string> {
  const { host } = new URL(url);
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { Accept: 'application/json' };
  const { status, body } = await fetchThrough(transport)(url, { headers, signal });
  try {
    if (status !== 200) throw new Error(`${host} answers with ${status}`);
    return versionIn(await textOf(body), host);
  } finally {
    await body?.cancel().catch(() => undefined);
  }
}

async function textOf(body: Response['body']): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error('The answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function versionIn(text: string, host: string): string {
  const { latest, version } = (JSON.parse(text) ?? {}) as {
    readonly latest?: unknown;
    readonly version?: unknown;
  };
  const found = latest ?? version;
  if (!isVersion(found)) throw new Error(`${host} names no version`);
  return found;
}
