/**
 * The HTTP half of the fake relay: passes requests on in either way, and takes the answers in either.
 *
 * Source: docs/protocol.md, sections 2.3, 2.4 and 4.
 */
import type { WebSocket } from 'ws';
import type { FakeRelay } from './fake-relay.js';

export interface FakeRequest {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

export interface Answer {
  readonly way: 'control' | 'rendezvous';
  readonly status: number;
  readonly description: string;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer | undefined;
  /** The body came to its end. */
  readonly isWhole: boolean;
}

interface Waiting {
  readonly id: string;
  answer(answer: Answer): void;
  /** For a request whose rendezvous the test itself serves. */
  dialled?: (webSocket: WebSocket) => void;
  /** What is to be sent once the listener dials. */
  readonly pointed?: FakeRequest;
}

interface ResponseJson {
  readonly requestId: string;
  readonly statusCode: number;
  readonly statusDescription: string;
  readonly responseHeaders: Record<string, string | string[]>;
  readonly body: boolean;
}

export class FakeRequests {
  readonly #relay: FakeRelay;
  readonly #waiting = new Map<string, Waiting>();
  #asked = 0;
  #head: ResponseJson | undefined;

  constructor(relay: FakeRelay) {
    this.#relay = relay;
    relay.onSaid = (data, isBinary) => this.#said(data, isBinary);
    relay.onRendezvous = (id, webSocket) => this.#met(id, webSocket);
  }

  /** Passes a request on over the control channel. */
  ask(request: FakeRequest = {}): Promise<Answer> {
    const id = this.#nextId();
    const answered = this.#wait({ id });
    this.#send(this.#relay.control, id, request);
    return answered;
  }

  /** Lets the listener fetch a request. */
  point(request: FakeRequest = {}): Promise<Answer> {
    const id = this.#nextId();
    const answered = this.#wait({ id, pointed: request });
    this.#relay.say({ request: { address: this.#address(id) } });
    return answered;
  }

  /** Lets the listener fetch a request; the test does everything that comes then. */
  pointByHand(): { readonly id: string; readonly dialled: Promise<WebSocket> } {
    const id = this.#nextId();
    const dialled = new Promise<WebSocket>((resolve) => {
      this.#waiting.set(id, { id, answer: () => {}, dialled: resolve });
    });
    this.#relay.say({ request: { address: this.#address(id) } });
    return { id, dialled };
  }

  /** Passes a request on over the control channel; the test serves its rendezvous. */
  askByHand(request: FakeRequest = {}): { readonly id: string; readonly dialled: Promise<WebSocket> } {
    const id = this.#nextId();
    const dialled = new Promise<WebSocket>((resolve) => {
      this.#waiting.set(id, { id, answer: () => {}, dialled: resolve });
    });
    this.#send(this.#relay.control, id, request);
    return { id, dialled };
  }

  /** The `request` message. */
  message(id: string, { method = 'GET', target = '/sql', headers = {}, body }: FakeRequest): string {
    return JSON.stringify({
      request: {
        address: this.#address(id),
        id,
        requestTarget: target,
        method,
        remoteEndpoint: { address: '203.0.113.7', port: 51544 },
        requestHeaders: headers,
        body: body !== undefined,
      },
    });
  }

  #send(webSocket: WebSocket, id: string, request: FakeRequest): void {
    webSocket.send(this.message(id, request));
    if (request.body !== undefined) webSocket.send(Buffer.from(request.body as string));
  }

  #nextId(): string {
    this.#asked += 1;
    return `10000000-0000-4000-8000-${String(this.#asked).padStart(12, '0')}_G3`;
  }

  #address(id: string): string {
    return `${this.#relay.url}/$hc/sql?sb-hc-action=request&sb-hc-id=${id}&sb-hc-rv=secret`;
  }

  #wait(waiting: Omit<Waiting, 'answer'>): Promise<Answer> {
    return new Promise((answer) => this.#waiting.set(waiting.id, { ...waiting, answer }));
  }

  #said(data: Buffer, isBinary: boolean): void {
    const head = this.#head;
    this.#head = undefined;
    if (isBinary && head !== undefined) this.#answered(head, { way: 'control', body: data, isWhole: true });
    if (isBinary) return;
    const { response } = JSON.parse(String(data)) as { response?: ResponseJson };
    if (response === undefined) return;
    if (response.body) this.#head = response;
    else this.#answered(response, { way: 'control', body: undefined, isWhole: true });
  }

  #met(id: string, webSocket: WebSocket): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) {
      webSocket.close(1001);
      return;
    }
    if (waiting.dialled !== undefined) {
      waiting.dialled(webSocket);
      return;
    }
    let head: ResponseJson | undefined;
    let body: Buffer | undefined;
    webSocket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) body = data;
      else head = (JSON.parse(String(data)) as { response: ResponseJson }).response;
    });
    webSocket.once('close', (code) => {
      if (head !== undefined) this.#answered(head, { way: 'rendezvous', body, isWhole: code === 1000 });
    });
    if (waiting.pointed !== undefined) this.#send(webSocket, id, waiting.pointed);
  }

  #answered(head: ResponseJson, rest: Pick<Answer, 'way' | 'body' | 'isWhole'>): void {
    const { requestId, statusCode: status, statusDescription: description, responseHeaders: headers } = head;
    this.#waiting.get(requestId)?.answer({ status, description, headers, ...rest });
    this.#waiting.delete(requestId);
  }
}
