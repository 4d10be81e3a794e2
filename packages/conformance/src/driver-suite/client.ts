/**
 * What is asked of clients that speak no SQL: a question, a large answer, many at once, and the end.
 * @module
 */
import type { TunnelSource } from '@hybridge/sender';
import type { LosingClient, LosingDriver } from './losses.js';

/** In the clear, with TLS from the start, or with TLS after a word in the clear. */
export type Way = 'plain' | 'tls' | 'starttls';

/** A client library. */
export interface ClientDriver<Service> extends LosingDriver<Service> {
  readonly server: string;
  /** What its error carries, or one that it wraps, when the far end refuses the connection. */
  readonly refused: object;
  open(tunnel: TunnelSource, service: Service, way?: Way): Promise<Client>;
}

/** A client, or its pool. */
export interface Client extends LosingClient {
  /** Moves so many bytes, in the direction that matters for it. @returns how many came whole */
  move(bytes: number): Promise<number>;
  /** Where there is such a thing: two things that happen together. @returns true when they did */
  together?(): Promise<boolean>;
}
