/**
 * What the relay says to the key, and of the hybrid connection: one question, and a step for each thing that is in the
 * answer.
 *
 * Source: docs/protocol.md, sections 5.3 (evaluation) and 6.3 (metadata).
 * @module
 */
import { MAX_LISTENERS, relayErrorFromResponse } from '@hybridge/protocol';
import { errorWords } from '@hybridge/socket';
import { type Answer, ask } from './ask.js';
import { isOutOfTime } from './deadline.js';
import { readEndpointText } from './endpoint.js';
import { elementIn } from './entity-description.js';
import type { Journey } from './journey.js';
import { codeOf } from './network.js';
import { refusalWords } from './refusal-words.js';
import { METADATA, pathOf, readRuntimeInformation } from './runtime-information.js';
import type { Finding } from './step.js';

/** Shows the key to the relay. */
export async function showKey(journey: Journey): Promise<Finding> {
  const { policy, address } = journey;
  let token: string | undefined;
  try {
    token = await journey.token();
  } catch (error) {
    if (journey.settings.signal?.aborted) throw error;
    return noToken(error, journey);
  }
  if (token === undefined) {
    return journey.settings.right === 'listen'
      ? { outcome: 'failed', message: 'there is no key, and a listener needs one', advice: KEY_ADVICE }
      : { outcome: 'skipped', message: 'there is no key: senders may not need one' };
  }
  let answer: Answer;
  try {
    const headers = { ...METADATA.headers, Authorization: token };
    answer = await ask(journey, { path: `${pathOf(journey)}${METADATA.query}`, headers });
  } catch (error) {
    if (!(error instanceof Error) || journey.settings.signal?.aborted) throw error;
    return notAsked(error, journey);
  }
  const { status, reason, body } = answer;
  if (status === 200) {
    journey.information = readRuntimeInformation(body);
    // The service looks for the hybrid connection first, so nothing is known of the key.
    if (journey.information === undefined && isFeed(answer)) {
      return {
        outcome: 'skipped',
        message: 'not tried by the relay: it does not know the hybrid connection',
      };
    }
    if (journey.information === undefined) return strange(answer, journey);
    return { outcome: 'ok', message: `${policy ?? 'the token'} is accepted`, detail: { policy } };
  }
  if (status === 404 || status === 204) {
    return { outcome: 'skipped', message: `not tried by the relay at ${address.host} (${status})` };
  }
  const error = relayErrorFromResponse(status, elementIn(body, 'Detail') ?? reason);
  return {
    outcome: 'failed',
    ...refusalWords(error, journey.refused),
    detail: { policy, status, trackingId: error.trackingId },
  };
}

const KEY_ADVICE = 'Use the connection string of the policy defaultListener, with its key';

/** The words of a token provider are not repeated: nobody knows what it puts in them. */
function noToken(error: unknown, { limits }: Journey): Finding {
  const why = isOutOfTime(error)
    ? `there was none within ${limits.timeoutMs} ms`
    : `its provider failed (${codeOf(error)})`;
  return {
    outcome: 'failed',
    message: `there is no token: ${why}`,
    advice: 'Look at whatever makes the tokens: its service, its credentials, its log',
    detail: { code: codeOf(error) },
  };
}

function notAsked(error: Error, { address, limits }: Journey): Finding {
  const code = isOutOfTime(error) ? 'ETIMEDOUT' : codeOf(error);
  const what = isOutOfTime(error) ? `no answer within ${limits.timeoutMs} ms` : errorWords(error);
  return {
    outcome: 'failed',
    message: `the relay at ${address.host} could not be asked: ${what}`,
    advice: 'The relay answered a moment ago: try again, and look at its log',
    detail: { code },
  };
}

/** How a relay says that there is no such hybrid connection. */
function isFeed({ headers, body }: Answer): boolean {
  return /type=feed/i.test(headers['content-type'] ?? '') || /<feed[\s>]/.test(body);
}

function strange({ status, headers }: Answer, { address }: Journey): Finding {
  const type = headers['content-type'];
  return {
    outcome: 'failed',
    message: `${address.host} says nothing of hybrid connections (${status} ${type ?? 'without a type'})`,
    advice: 'What stands before the relay answers in its place: have it pass every path on',
    detail: { status, type },
  };
}

/** Whether there is such a hybrid connection. */
export function findHybridConnection({ information, tokenProvider, address }: Journey): Finding {
  const { host, path } = address;
  if (tokenProvider === undefined) return withoutKey();
  if (information === undefined) {
    return {
      outcome: 'failed',
      message: `the relay at ${host} has no hybrid connection ${path}`,
      advice:
        'Check EntityPath, and the name in Endpoint where the relay has several namespaces; if it was deleted, create it ' +
        'again at the relay, and take its new connection string',
      detail: { hybridConnection: path },
    };
  }
  const { requiresClientAuthorization } = information;
  const open = requiresClientAuthorization === false ? '; senders need no key' : '';
  return {
    outcome: 'ok',
    message: `${path} is there${open}`,
    detail: { hybridConnection: path, requiresClientAuthorization },
  };
}

/** Where it leads. */
export function readEndpoint({ information, tokenProvider, settings }: Journey): Finding {
  if (tokenProvider === undefined) return withoutKey();
  const endpoint = information?.endpoint;
  if (endpoint === undefined) {
    const message = 'its metadata names no endpoint';
    if (settings.right === 'send') return { outcome: 'skipped', message };
    const advice = 'Give the manager an endpoint in its configuration, or set it at the relay: host:port';
    return { outcome: 'warning', message, advice, detail: { endpoint: null } };
  }
  if (readEndpointText(endpoint) !== undefined) {
    return { outcome: 'ok', message: endpoint, detail: { endpoint } };
  }
  const advice = 'Correct the metadata at the relay';
  return { outcome: 'warning', message: `${endpoint} is not host:port`, advice, detail: { endpoint } };
}

/** Who listens. */
export function countListeners({ information, tokenProvider, settings }: Journey): Finding {
  if (tokenProvider === undefined) return withoutKey();
  const count = information?.listenerCount;
  if (count === undefined) return { outcome: 'skipped', message: 'the relay does not say how many listen' };
  const detail = { listeners: count };
  const message = count === 0 ? 'nobody listens' : count === 1 ? '1 listener' : `${count} listeners`;
  if (settings.right === 'listen') {
    if (count < MAX_LISTENERS) return { outcome: 'ok', message, detail };
    const advice = `A hybrid connection has ${MAX_LISTENERS} places: stop a manager, or use another hybrid connection`;
    return { outcome: 'warning', message: `${message}: every place is taken`, advice, detail };
  }
  if (count > 0) return { outcome: 'ok', message, detail };
  return {
    outcome: 'failed',
    message: 'nobody listens: no manager holds this hybrid connection',
    advice: 'In the other network, start the manager, look at its status, and run the same test there',
    detail,
  };
}

function withoutKey(): Finding {
  return { outcome: 'skipped', message: 'the relay tells it only to those who have a key' };
}
