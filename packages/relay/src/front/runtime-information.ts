/**
 * Answers what a client asks the relay itself about a hybrid connection, and whether a namespace is there at all.
 *
 * The Hybrid Connection Manager learns its target so, and asks again whenever it goes online or offline.
 *
 * Source: docs/protocol.md, sections 6.1 and 6.3.
 * @module
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type HttpTarget,
  isRelayError,
  parseHttpTarget,
  type Refusal,
  reasonPhrase,
  refusals,
} from '@hybridge/protocol';
import { formatEndpoint, remoteEndpoint } from '@hybridge/service';
import type { Authorizer } from '../authorization/authorizer.js';
import { findCredential } from '../authorization/credential.js';
import { type Directory, type HybridConnection, hostKey, type Namespace } from '../directory/directory.js';
import type { Journal } from '../journal.js';
import type { ListenerRegistry } from '../listeners/listener-registry.js';
import { AtomType, atomError, emptyFeed, hybridConnectionEntry } from './atom.js';
import { trackingIdFor } from './tracking.js';

/** What it looks at. */
export interface RuntimeInformationOptions {
  readonly directory: Directory;
  readonly listeners: ListenerRegistry;
  readonly authorizer: Authorizer;
  readonly journal: Journal;
  /** The port speaks TLS. */
  readonly secure: boolean;
  readonly now: () => number;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Answers from the directory. */
export class RuntimeInformation {
  readonly #options: RuntimeInformationOptions;

  constructor(options: RuntimeInformationOptions) {
    this.#options = options;
  }

  /** Answers a request that is marked as one to the relay. Never throws. */
  readonly onMetadata = (request: IncomingMessage, response: ServerResponse): void => {
    this.#describe(request).then(
      (answer) => send(request, response, answer),
      (error: unknown) => {
        this.#options.journal.log.error('A question about a hybrid connection failed', { error });
        send(request, response, this.#refuse(request, refusals.internal()));
      },
    );
  };

  /** Answers `GET /`: the namespace is there, and shows nothing to strangers. Never throws. */
  readonly onRoot = (request: IncomingMessage, response: ServerResponse): void => {
    send(request, response, this.#nothing(request, '/'));
  };

  async #describe(request: IncomingMessage): Promise<Answer> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.#refuse(request, readOnly);
    let target: HttpTarget;
    try {
      target = parseHttpTarget(request.url ?? '');
    } catch (error) {
      if (!isRelayError(error)) throw error;
      return this.#refuse(request, { ...refusals.badRequest(error.message), status: error.status ?? 400 });
    }
    const host = request.headers.host ?? '';
    const { directory, authorizer } = this.#options;
    const match = directory.forHost(host)?.match(target.path);
    // Azure's service answers so, and .NET takes it for "not found".
    if (match === undefined || match.suffix !== '') return this.#nothing(request, target.requestTarget);
    const { entity } = match;
    const answer = await authorizer.authorize({
      hybridConnection: entity,
      host,
      path: target.path,
      appQuery: target.appQuery,
      claim: 'Any',
      token: findCredential(target.token, request.headers)?.token,
    });
    if (!answer.granted) return this.#refuse(request, answer.refusal, entity);
    return { status: 200, type: AtomType.entry, text: this.#entry(entity, host, target.requestTarget) };
  }

  #entry(entity: HybridConnection, host: string, requestTarget: string): string {
    const { name, namespace, createdAt, updatedAt, requiresClientAuthorization, userMetadata } = entity;
    return hybridConnectionEntry({
      url: this.#urlOf(host, requestTarget),
      name,
      namespace: firstLabelOf(namespace),
      createdAt,
      updatedAt,
      requiresClientAuthorization,
      userMetadata,
      listenerCount: this.#options.listeners.countOf(entity),
    });
  }

  #nothing({ headers }: IncomingMessage, requestTarget: string): Answer {
    const { host = '' } = headers;
    const url = this.#urlOf(host, requestTarget);
    const text = emptyFeed({ url, title: 'Publicly Listed Services', at: new Date(this.#options.now()) });
    return { status: 200, type: AtomType.feed, text };
  }

  #refuse(request: IncomingMessage, refusal: Refusal, entity?: HybridConnection): Answer {
    const { journal, now } = this.#options;
    const trackingId = trackingIdFor(undefined);
    journal.record('refused', {
      operationName: operationOf(refusal.status),
      namespace: entity?.namespace.name,
      hybridConnection: entity?.name,
      trackingId,
      action: 'metadata',
      ...refusal,
      remoteAddress: formatEndpoint(remoteEndpoint(request.socket)),
    });
    const host = entity?.namespace.name ?? hostKey(request.headers.host ?? '');
    const detail = reasonPhrase(refusal, {
      trackingId,
      systemTracker: `sb://${host}/${entity?.name ?? ''}`,
      timestamp: new Date(now()),
    });
    return { status: refusal.status, type: AtomType.error, text: atomError(refusal.status, detail) };
  }

  #urlOf(host: string, requestTarget: string): string {
    return `${this.#options.secure ? 'https' : 'http'}://${host}${requestTarget}`;
  }
}

/** Management goes another way. */
const readOnly: Refusal = {
  status: 405,
  code: 'MethodNotAllowed',
  reason: 'Hybrid connections cannot be changed here.',
};

/** Azure's namespaces are known by the first part of their DNS name. */
function firstLabelOf({ name }: Namespace): string {
  return /^[a-z][^.]*/i.exec(name)?.[0] ?? name;
}

function operationOf(status: number): string {
  if (status === 401) return 'InvalidSasToken';
  return status === 403 ? 'AuthorizationFailed' : 'ProcessingRequestFailed';
}

function send(request: IncomingMessage, response: ServerResponse, { status, type, text }: Answer): void {
  const body = Buffer.from(text);
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    ...(status === 405 && { Allow: 'GET, HEAD' }),
    // Nothing is read of a body that nobody asked for.
    ...(hasBody(request) && { Connection: 'close' }),
  });
  response.end(body);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
