/**
 * What the request line of a WebSocket handshake asks a relay for.
 *
 * Reads every form that clients are known to send: a missing action, `%2F` inside names, the query hidden in the path
 * (Azure Arc), the `null` item of the hyco packages, a reject under the wrong names (hyco-websocket).
 *
 * Source: docs/protocol.md, sections 1.2 to 1.4 and 3.3.
 * @module
 */
import { decodedPath, printable, readableTarget, badTarget as refused, splitTarget } from './http-target.js';
import { MAX_REQUEST_TARGET_CHARS } from './limits.js';
import { decodeForm, encodePath } from './percent.js';
import { joinQuery, splitQuery } from './query.js';
import { rejectStatus, sanitizeReason } from './status.js';

/** What a handshake can be for. */
export type RelayAction = 'listen' | 'connect' | 'accept' | 'request';

/** A request line, read. */
export interface UpgradeTarget {
  readonly action: RelayAction;
  /** Hybrid connection and suffix, decoded; no `$hc`, no slash at the start. Empty when there is none. */
  readonly path: string;
  /** The same as the client spelled it, percent-encoded, with a slash at the start: for `acceptAddress`. */
  readonly rawPath: string;
  /** The application's query with its `?`, or the empty string. */
  readonly appQuery: string;
  /** `sb-hc-id`: printable ASCII, as the client chose it. */
  readonly id?: string;
  /** `sb-hc-token`, decoded once. */
  readonly token?: string;
  /** `sb-hc-rv`: the secret of a rendezvous address of ours. */
  readonly rendezvous?: string;
  /** The listener says no. An illegal status has become 400; the description is fit for a status line. */
  readonly reject?: { readonly status: number; readonly description: string };
}

/**
 * Reads the target of a request line: `/$hc/{path}?{query}`, or the same as an absolute URL.
 * @throws RelayError `ERR_RELAY_PROTOCOL`, whose `status` is the one to answer with: 400, 404 or 414.
 */
export function parseUpgradeTarget(requestTarget: string): UpgradeTarget {
  return parsePlainTarget(requestTarget) ?? parseAnyTarget(requestTarget);
}

/**
 * The addresses that a relay gives out and that senders dial most: nothing encoded, nothing for the application, and the
 * relay's parameters as it writes them itself. Reads them as {@link parseAnyTarget} does, in a quarter of the time.
 */
const PLAIN =
  /^\/\$hc(\/[A-Za-z0-9_~-][\w~-]*(?:\/[\w~-]+)*)\?sb-hc-action=(accept|connect|request)&sb-hc-id=([\w-]{1,64})(?:&sb-hc-rv=([\w-]{1,64}))?$/;

function parsePlainTarget(requestTarget: string): UpgradeTarget | undefined {
  const parts = PLAIN.exec(requestTarget);
  if (parts === null || requestTarget.length > MAX_REQUEST_TARGET_CHARS) return undefined;
  const [, rawPath, action, id, rendezvous] = parts as unknown as [
    string,
    string,
    RelayAction,
    string,
    string?,
  ];
  const target = { action, path: rawPath.slice(1), rawPath, appQuery: '', id };
  return rendezvous === undefined ? target : { ...target, rendezvous };
}

/** @internal The same for whatever there is. */
export function parseAnyTarget(requestTarget: string): UpgradeTarget {
  const [wholePath, rawQuery] = splitTarget(readableTarget(requestTarget));
  const rawPath = withoutPrefix(wholePath);
  const { app, relay } = splitQuery(rawQuery);
  const action = actionIn(relay.get('sb-hc-action'));
  const bare = action === 'accept' && !relay.has('sb-hc-statuscode') ? bareReject(rawQuery) : undefined;
  return {
    action,
    path: decodedPath(rawPath),
    rawPath: encodePath(rawPath),
    appQuery: joinQuery(bare === undefined ? app : app.slice(0, app.length - bare.items)),
    ...nonEmpty('id', printable(relay.get('sb-hc-id'))),
    ...nonEmpty('token', relay.get('sb-hc-token')?.trim()),
    ...nonEmpty('rendezvous', relay.get('sb-hc-rv')),
    ...(action === 'accept' ? rejectIn(relay, bare) : {}),
  };
}

/** What stands behind `/$hc`. */
function withoutPrefix(path: string): string {
  const [, rest] = /^\/(?:\$|%24)hc(\/.*|)$/is.exec(path) ?? [];
  if (rest === undefined) throw refused(404, 'The path of a WebSocket address must start with /$hc/');
  return rest === '' ? '/' : rest;
}

/** A missing action means connect: senders that are no more than a WebSocket leave it out. */
function actionIn(value = ''): RelayAction {
  const action = value.toLowerCase();
  switch (action) {
    case '':
      return 'connect';
    case 'listen':
    case 'connect':
    case 'accept':
    case 'request':
      return action;
    default:
      throw refused(400, 'The sb-hc-action is not known');
  }
}

interface BareReject {
  readonly status: string;
  readonly description: string;
  /** How many of the last items are its own. */
  readonly items: number;
}

/**
 * hyco-websocket's reject: `&statusCode=…&statusDescription…`, in old versions without the second `=`.
 * A sender's own query may hold these names as well, so they count only behind the last parameter of ours.
 */
function bareReject(rawQuery: string): BareReject | undefined {
  const [, status, description, more] =
    /&sb-hc-rv=[^&=]*&statusCode=([^&]*)(?:&statusDescription=?([^&]*))?(&.*)?$/is.exec(rawQuery) ?? [];
  if (status === undefined || more !== undefined) return undefined;
  return { status, description: decodeForm(description ?? ''), items: description === undefined ? 1 : 2 };
}

function rejectIn(
  relay: ReadonlyMap<string, string>,
  bare: BareReject | undefined,
): Pick<UpgradeTarget, 'reject'> {
  const status = bare?.status ?? relay.get('sb-hc-statuscode');
  const description = bare?.description ?? relay.get('sb-hc-statusdescription');
  if (status === undefined && description === undefined) return {};
  const number = /^\d{3}$/.test(status ?? '') ? Number(status) : 400;
  return { reject: { status: rejectStatus(number), description: sanitizeReason(description ?? '') } };
}

function nonEmpty<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { [P in K]: string });
}
