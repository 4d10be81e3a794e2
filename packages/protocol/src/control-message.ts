/**
 * What the relay and a listener say to each other on the control channel.
 *
 * Each text message is one JSON object whose only key names it. This module turns text into values and back;
 * it opens no socket, starts no timer and reads no clock, so all of it is tested with strings.
 *
 * Source: docs/protocol.md, sections 2.3 to 2.5.
 * @module
 */
import { RelayError } from './errors.js';
import {
  broken,
  fieldsOf,
  flagIn,
  type Headers,
  headerListsIn,
  headersIn,
  isTooLong,
  optionalStringIn,
  remoteEndpointIn,
  soleEntry,
  statusIn,
  stringIn,
  textIn,
  webSocketAddressIn,
} from './fields.js';
import type { ResponseHeaders } from './http-response.js';

/** Where a sender is. */
export interface RemoteEndpoint {
  /** IP address; empty when the relay does not say. */
  readonly address: string;
  /** 0 when the relay does not say. */
  readonly port: number;
}

/** The relay asks the listener to meet a waiting sender. */
export interface Accept {
  readonly type: 'accept';
  /** Names this rendezvous in the log lines of all three parties. */
  readonly id: string;
  /** One-time rendezvous address; dial it exactly as given. */
  readonly address: string;
  /** The headers of the sender's handshake, without its credentials. */
  readonly connectHeaders: Headers;
  readonly remoteEndpoint: RemoteEndpoint;
}

/** The relay passes an HTTP request on. Its body, if any, is the next binary message. */
export interface Request {
  readonly type: 'request';
  /** To be repeated in the response. */
  readonly id: string;
  /** Rendezvous for a response that is too large or too slow for the control channel. */
  readonly address: string;
  /** Path and query as the listener is to see them. */
  readonly requestTarget: string;
  readonly method: string;
  readonly remoteEndpoint: RemoteEndpoint;
  readonly requestHeaders: Headers;
  /** Whether a binary message with the body follows. */
  readonly body: boolean;
}

/** The relay has an HTTP request that does not fit here: it is sent once the listener dials the address. */
export interface RequestPointer {
  readonly type: 'requestPointer';
  readonly address: string;
}

/** The listener has a new token. There is no answer; a bad one gets the channel closed with 1008. */
export interface RenewToken {
  readonly type: 'renewToken';
  /** The token as it is, not encoded again. */
  readonly token: string;
}

/** The listener answers an HTTP request. */
export interface Response {
  readonly type: 'response';
  /** `id` of the request. Empty when a Go listener answers what is none, an `accept` for instance. */
  readonly requestId: string;
  /** 100 to 999. The relay refuses what cannot be a final status. */
  readonly statusCode: number;
  /** The reason phrase. */
  readonly statusDescription?: string;
  /** A list is for a header that is sent once for each value, such as `Set-Cookie`. */
  readonly responseHeaders: ResponseHeaders;
  /** Whether a binary message with the body follows. */
  readonly body: boolean;
}

/** A message this version does not know. Kept, so that a newer peer stays usable. */
export interface Unrecognized {
  readonly type: 'unrecognized';
  readonly key: string;
}

/** Any message from the relay. */
export type FromRelay = Accept | Request | RequestPointer | Unrecognized;

/** Any message from a listener. */
export type FromListener = RenewToken | Response | Unrecognized;

/** Reads a message from the relay. @throws RelayError `ERR_RELAY_PROTOCOL`, and nothing else. */
export function parseFromRelay(text: string): FromRelay {
  const [key, body] = soleEntry(text);
  switch (key) {
    case 'accept':
      return parseAccept(body);
    case 'request':
      return parseRequest(body);
    default:
      return { type: 'unrecognized', key };
  }
}

/** Reads a message from a listener. @throws RelayError `ERR_RELAY_PROTOCOL`, and nothing else. */
export function parseFromListener(text: string): FromListener {
  const [key, body] = soleEntry(text);
  switch (key) {
    case 'renewToken':
      return { type: 'renewToken', token: stringIn(fieldsOf(body, key), 'token') };
    case 'response':
      return parseResponse(body);
    default:
      return { type: 'unrecognized', key };
  }
}

/**
 * Writes a message of the relay's, with every member, since some clients need them all.
 * @throws RelayError `ERR_RELAY_PROTOCOL` with status 431, when it is longer than 64 KiB.
 */
export function formatFromRelay(message: FromRelay): string {
  return format(message, message.type === 'requestPointer' ? 'request' : message.type);
}

/**
 * Writes a message of a listener's.
 * @throws RelayError `ERR_RELAY_PROTOCOL`, when it is longer than 64 KiB.
 */
export function formatFromListener(message: FromListener): string {
  return format(message, message.type);
}

function parseAccept(body: unknown): Accept {
  const fields = fieldsOf(body, 'accept');
  return {
    type: 'accept',
    id: stringIn(fields, 'id'),
    address: webSocketAddressIn(fields, 'address'),
    connectHeaders: headersIn(fields, 'connectHeaders'),
    remoteEndpoint: remoteEndpointIn(fields, 'remoteEndpoint'),
  };
}

/** Clients tell a pointer by what it lacks: .NET and Java `body`, hyco-https `method`, Python any of the others. */
const INLINE_MEMBERS = ['id', 'method', 'requestTarget', 'body'];

function parseRequest(body: unknown): Request | RequestPointer {
  const fields = fieldsOf(body, 'request');
  const address = webSocketAddressIn(fields, 'address');
  if (INLINE_MEMBERS.some((name) => fields[name] === undefined || fields[name] === null)) {
    return { type: 'requestPointer', address };
  }
  return {
    type: 'request',
    id: stringIn(fields, 'id'),
    address,
    requestTarget: stringIn(fields, 'requestTarget'),
    method: stringIn(fields, 'method'),
    remoteEndpoint: remoteEndpointIn(fields, 'remoteEndpoint'),
    requestHeaders: headersIn(fields, 'requestHeaders'),
    body: flagIn(fields, 'body'),
  };
}

function parseResponse(body: unknown): Response {
  const fields = fieldsOf(body, 'response');
  const statusDescription = optionalStringIn(fields, 'statusDescription');
  return {
    type: 'response',
    requestId: textIn(fields, 'requestId'),
    statusCode: statusIn(fields, 'statusCode'),
    ...(statusDescription === undefined ? {} : { statusDescription }),
    responseHeaders: headerListsIn(fields, 'responseHeaders'),
    body: flagIn(fields, 'body'),
  };
}

function format(message: FromRelay | FromListener, key: string): string {
  const text = message.type === 'response' ? responseText(message) : textOf(message, key);
  if (isTooLong(text))
    throw new RelayError('ERR_RELAY_PROTOCOL', broken('longer than 64 KiB').message, { status: 431 });
  return text;
}

/** There may be thousands a second, so no copy is made. */
function responseText({ requestId, statusCode, statusDescription, responseHeaders, body }: Response): string {
  return `{"response":${JSON.stringify({ requestId, statusCode, statusDescription, responseHeaders, body })}}`;
}

function textOf(message: FromRelay | FromListener, key: string): string {
  const { type, ...body } = message;
  return JSON.stringify(type === 'unrecognized' ? { [message.key]: {} } : { [key]: body });
}
