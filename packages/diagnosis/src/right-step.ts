/**
 * Whether the key may send, without sending anything to anybody.
 *
 * An HTTP request that asks for one listener, of an id that nobody has: the relay checks the right first, and then finds
 * that there is no such listener.
 *
 * Source: docs/protocol.md, sections 2.10 (listener choice) and 5.3 (evaluation).
 * @module
 */
import { randomUUID } from 'node:crypto';
import { relayErrorFromResponse } from '@hybridge/protocol';
import { errorWords } from '@hybridge/socket';
import { type Answer, ask } from './ask.js';
import { isOutOfTime } from './deadline.js';
import type { Journey } from './journey.js';
import { codeOf } from './network.js';
import { refusalWords } from './refusal-words.js';
import { pathOf } from './runtime-information.js';
import type { Finding } from './step.js';

/** Asks. */
export async function mayItSend(journey: Journey): Promise<Finding> {
  let answer: Answer;
  try {
    const token = await journey.token();
    const credential = token === undefined ? {} : { ServiceBusAuthorization: token };
    const headers = { 'Microsoft-Relay-AllowedListeners': randomUUID(), ...credential };
    answer = await ask(journey, { path: pathOf(journey), method: 'HEAD', headers });
  } catch (error) {
    if (!(error instanceof Error) || journey.settings.signal?.aborted) throw error;
    const code = isOutOfTime(error) ? 'ETIMEDOUT' : codeOf(error);
    return {
      outcome: 'warning',
      message: `could not be asked: ${errorWords(error)}`,
      advice: 'Try again',
      detail: { code },
    };
  }
  const { status, reason } = answer;
  const { policy, information, tokenProvider } = journey;
  const error = relayErrorFromResponse(status, reason);
  const detail = { right: 'Send', policy, status, trackingId: error.trackingId };
  switch (error.code) {
    case 'ERR_RELAY_UNAUTHORIZED':
      if (tokenProvider === undefined) {
        const advice = 'Use the connection string of the policy defaultSender, with its key';
        return { outcome: 'failed', message: 'senders need a key here, and there is none', advice, detail };
      }
      return { outcome: 'failed', ...refusalWords(error, journey.refused), detail };
    case 'ERR_RELAY_FORBIDDEN':
    case 'ERR_RELAY_ENDPOINT_NOT_FOUND':
      return { outcome: 'failed', ...refusalWords(error, journey.refused), detail };
    case 'ERR_RELAY_BUSY':
      return { outcome: 'warning', ...refusalWords(error, journey.refused), detail };
    default: {
      const isOpen = information?.requiresClientAuthorization === false || tokenProvider === undefined;
      return {
        outcome: 'ok',
        message: isOpen ? 'everybody may send here' : `${policy ?? 'the token'} may send`,
        detail,
      };
    }
  }
}
