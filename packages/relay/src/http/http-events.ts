/**
 * What is told of an HTTP request on its way: that it came, that it is being answered, how it ended.
 *
 * Nothing is put together that nobody listens to.
 *
 * Source: docs/protocol.md, section 9.3 (Azure Relay's words).
 * @module
 */
import type { Refusal } from '@hybridge/protocol';
import { formatEndpoint, remoteEndpoint } from '@hybridge/service';
import { operationOf as authorizationOperationOf, type Grant, rightOf } from '../authorization/authorize.js';
import type { Journal } from '../journal.js';
import type { HttpExchange, HttpExchangeEnd } from './http-exchange.js';

/** A sender's request was let in. @param grant - `undefined`: none was needed */
export function tellReceived(journal: Journal, exchange: HttpExchange, grant: Grant | undefined): void {
  if (!journal.hears('request-received')) return;
  const { request } = exchange.options;
  journal.record('request-received', {
    ...about(exchange),
    operationName: 'SenderSentHttpRequest',
    method: request.method ?? '',
    remoteAddress: formatEndpoint(remoteEndpoint(request.socket)),
    ...rightOf(grant),
  });
}

/** A listener's response is being passed on. */
export function tellAnswering(journal: Journal, status: number, exchange: HttpExchange): void {
  if (!journal.hears('response-begun')) return;
  journal.record('response-begun', {
    ...about(exchange),
    operationName: status < 500 ? 'ListenerReturningHttpResponse' : 'ListenerReturningHttpResponseFailed',
    status,
  });
}

/** It is over. */
export function tellEnded(
  journal: Journal,
  exchange: HttpExchange,
  grant: Grant | undefined,
  end: HttpExchangeEnd,
  durationMs: number,
): void {
  if (!journal.hears('request-ended')) return;
  const { request } = exchange.options;
  journal.record('request-ended', {
    ...about(exchange),
    operationName:
      end.failure === undefined ? 'ListenerSentHttpResponse' : 'ListenerReturningHttpResponseFailed',
    method: request.method ?? '',
    remoteAddress: formatEndpoint(remoteEndpoint(request.socket)),
    ...rightOf(grant),
    ...end,
    durationMs,
  });
}

/** Azure Relay's word for a refusal. Source: docs/protocol.md, section 9.3. */
export function refusalOperationOf(refusal: Refusal, exchange: HttpExchange | undefined): string {
  const { code } = refusal;
  if (code === 'GatewayTimeout') {
    const nobodyCame = exchange?.isPointer === true && !exchange.met;
    return nobodyCame ? 'ListenerAcceptingRequestTimeout' : 'ListenerUnresponsive';
  }
  if (code === 'ListenerGone' || code === 'BadResponse') {
    return exchange?.met ? 'ListenerAcceptingHttpRequestFailed' : 'ListenerReturningHttpResponseFailed';
  }
  return authorizationOperationOf(refusal);
}

function about({ id, options }: HttpExchange) {
  const { hybridConnection, trackingId } = options;
  return {
    namespace: hybridConnection.namespace.name,
    hybridConnection: hybridConnection.name,
    trackingId,
    requestId: id,
  };
}
