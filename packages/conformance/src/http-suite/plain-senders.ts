/**
 * HTTP clients that have never heard of a relay: `node:http`, with the token in a header and connections kept, and
 * `fetch`, with the token in the query.
 * Source: docs/protocol.md, section 1.5.
 * @module
 */
import { once } from 'node:events';
import http from 'node:http';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createToken } from '@hybridge/sas';
import type { Place } from '../relay-suite/subjects.js';
import type { HttpSenderSubject } from './subjects.js';

const agent = new http.Agent({ keepAlive: true });

/** `node:http`. */
export const nodeHttpSender: HttpSenderSubject = {
  name: 'node:http',
  traces: true,

  async ask(place, { method = 'GET', path = '', headers = {}, body } = {}) {
    const length = Buffer.isBuffer(body) ? { 'Content-Length': String(body.length) } : {};
    const asked = http.request(`${originOf(place)}/${place.entity}${path}`, {
      agent,
      method,
      headers: { ...length, ...headers, ServiceBusAuthorization: tokenFor(place) },
      maxHeaderSize: 65_536,
    });
    const answered = once(asked, 'response');
    const sent = body instanceof Readable ? pipeline(body, asked) : asked.end(body);
    const [answer] = (await answered) as [http.IncomingMessage];
    const bytes = await buffer(answer);
    await sent;
    const { 'set-cookie': setCookie = [], ...rest } = answer.headers;
    return {
      status: answer.statusCode!,
      reason: answer.statusMessage!,
      headers: rest as Record<string, string>,
      setCookie,
      body: bytes,
    };
  },
};

/** `fetch`. */
export const fetchSender: HttpSenderSubject = {
  name: 'fetch',
  traces: false,

  async ask(place, { method = 'GET', path = '', headers = {}, body } = {}) {
    const joint = path.includes('?') ? '&' : '?';
    const token = `${joint}sb-hc-token=${encodeURIComponent(tokenFor(place))}`;
    const answer = await fetch(`${originOf(place)}/${place.entity}${path}${token}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: body as RequestInit['body'] & {}, duplex: 'half' }),
    });
    return {
      status: answer.status,
      reason: answer.statusText,
      headers: Object.fromEntries(answer.headers),
      setCookie: answer.headers.getSetCookie(),
      body: Buffer.from(await answer.arrayBuffer()),
    };
  },
};

function originOf(place: Place): string {
  return place.origin.replace(/^ws/, 'http');
}

function tokenFor(place: Place): string {
  return createToken({ resource: `${originOf(place)}/${place.entity}`, ...place.sender });
}
