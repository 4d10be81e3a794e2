/**
 * Our own HTTP listener and sender.
 * @module
 */
import { buffer } from 'node:stream/consumers';
import { HybridConnectionListener } from '@hybridge/listener';
import { formatConnectionString } from '@hybridge/sas';
import { request } from '@hybridge/sender';
import type { Credential, Place } from '../relay-suite/subjects.js';
import type { Answering, Asked, HttpListenerSubject, HttpSenderSubject } from './subjects.js';

/** Our listener. */
export const hybridgeHttpListener: HttpListenerSubject = {
  name: 'Hybridge',
  sendsLists: true,

  async listen(place, handler) {
    const listener = new HybridConnectionListener(connectionString(place, place.listener));
    listener.on('request', (asked, answering) => handler(asked as Asked, answering as unknown as Answering));
    listener.on('warning', () => undefined); // a sender that leaves is what some tests are about
    await listener.listen();
    const close = () => listener.close({ graceMs: 0 });
    return { close, die: () => void close() };
  },
};

/** Our sender. */
export const hybridgeHttpSender: HttpSenderSubject = {
  name: 'Hybridge',
  traces: true,

  async ask(place, { method, path, headers, body } = {}) {
    const answer = await request({
      connectionString: connectionString(place, place.sender),
      method,
      path,
      headers,
      body,
    });
    const { 'set-cookie': setCookie = [], ...rest } = answer.headers;
    return {
      status: answer.status,
      reason: answer.statusText,
      headers: rest as Record<string, string>,
      setCookie,
      body: await buffer(answer.body),
    };
  },
};

function connectionString(place: Place, { keyName, key }: Credential): string {
  return formatConnectionString({
    endpoint: new URL(place.origin),
    sharedAccessKeyName: keyName,
    sharedAccessKey: key,
    entityPath: place.entity,
  });
}
