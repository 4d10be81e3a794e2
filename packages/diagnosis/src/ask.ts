/**
 * One HTTP request to the relay, over a connection like every other: proxy, verified TLS, the same options.
 * @module
 */
import http from 'node:http';
import type net from 'node:net';
import { openSocket } from '@hybridge/socket';
import { within } from './deadline.js';
import type { Journey } from './journey.js';

/** What is asked. */
export interface Question {
  readonly path: string;
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
}

/** What was answered. */
export interface Answer {
  readonly status: number;
  /** The reason phrase, in which a relay says what is wrong. */
  readonly reason: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Its first 64 KiB. */
  readonly body: string;
  /** When it came, by the clock that was given. */
  readonly at: number;
}

const MAX_BODY_BYTES = 64 * 1024;

/** Asks. @throws `TimeoutError`; RelayError; Node's own error; the reason of the caller's signal. */
export function ask(journey: Journey, question: Question): Promise<Answer> {
  const { transport, origin, limits } = journey;
  return within(limits, async (signal) => {
    const socket = await openSocket(origin, { ...transport, signal }).opened;
    const leave = () => socket.destroy();
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await exchange(journey, question, socket);
    } finally {
      signal.removeEventListener('abort', leave);
      socket.destroy();
    }
  });
}

function exchange(journey: Journey, question: Question, socket: net.Socket): Promise<Answer> {
  const { path, method = 'GET', headers = {} } = question;
  return new Promise((resolve, reject) => {
    const request = http.request({
      ...{ method, path, createConnection: () => socket },
      headers: { Host: journey.address.host, Connection: 'close', ...headers },
    });
    request.once('error', reject);
    request.once('response', (response) => {
      const at = journey.settings.now();
      let body = '';
      const { statusCode: status = 0, statusMessage: reason = '', headers: answered } = response;
      const done = () => resolve({ status, reason, headers: answered, body, at });
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (body.length + text.length <= MAX_BODY_BYTES) body += text;
        else done();
      });
      response.once('end', done).once('error', reject);
      response.once('close', () => reject(new Error('the answer was cut off')));
    });
    request.end();
  });
}
