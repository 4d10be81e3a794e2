/**
 * One socket of the application on its way into a tunnel.
 *
 * First the tunnel is opened; then the socket connects to the {@link Crossing}, which accepts it and joins the two. So a
 * tunnel that does not open is a connection that does not open, with the true reason.
 * @module
 */
import type net from 'node:net';
import { type Channel, Conduit, type OpeningChannel, splice } from '@hybridge/socket';

/** Where passages are known. */
export interface PassageRegister {
  /** From this port it will come. */
  expect(passage: Passage, port: number): void;
  forget(port: number): void;
  /** It has come through, or will not come. */
  over(): void;
}

type State =
  | { readonly name: 'opening' }
  | { readonly name: 'expected'; readonly channel: Channel; readonly port: number }
  | { readonly name: 'joined'; readonly holdOn: () => void }
  | { readonly name: 'over' };

/** A socket and what it is to be joined with. */
export class Passage {
  readonly #near: net.Socket;
  readonly #opening: OpeningChannel;
  readonly #register: PassageRegister;
  #state: State = { name: 'opening' };

  /** @param near - begins to connect, to wherever the register's port is */
  constructor(near: net.Socket, opening: OpeningChannel, register: PassageRegister) {
    this.#near = near;
    this.#opening = opening;
    this.#register = register;
    near.once('close', () => this.#onNearClosed());
    // Of a socket that is gone before it begins to connect nobody else hears.
    opening.opened.catch(() => undefined);
  }

  /** Whether the socket is no longer waiting for the tunnel. */
  get isOver(): boolean {
    return this.#state.name !== 'opening' || this.#near.destroyed;
  }

  /** The tunnel is open, and the socket has just begun to connect to the port where it is joined. */
  expect(channel: Channel): void {
    const port = this.#near.localPort;
    if (port === undefined) {
      channel.abort();
      this.#finish();
      return;
    }
    this.#state = { name: 'expected', channel, port };
    this.#register.expect(this, port);
  }

  /** It has come. @param far - the accepted end of its connection */
  join(far: net.Socket): void {
    if (this.#state.name !== 'expected') return;
    const { channel, port } = this.#state;
    this.#register.forget(port);
    this.#register.over();
    this.#state = { name: 'joined', holdOn: joined(far, channel) };
    if (this.#near.destroyed) this.#state.holdOn();
  }

  #onNearClosed(): void {
    const state = this.#state;
    if (state.name === 'joined') {
      state.holdOn();
      return;
    }
    if (state.name === 'over') return;
    if (state.name === 'opening') this.#opening.abort();
    if (state.name === 'expected') {
      this.#register.forget(state.port);
      state.channel.abort();
    }
    this.#finish();
  }

  #finish(): void {
    this.#state = { name: 'over' };
    this.#register.over();
  }
}

/**
 * Joins both. Whether the process stays alive is for the application's socket to decide.
 * @returns what is called when that is closed: what it sent has still to leave, as otherwise the kernel would see to it.
 */
function joined(far: net.Socket, channel: Channel): () => void {
  const conduit = Conduit.adopt(far);
  const letGo = () => {
    conduit.socket.unref();
    channel.unref();
  };
  letGo();
  let isOver = false;
  const over = () => {
    isOver = true;
    letGo();
  };
  const tunnel = { opened: Promise.resolve(channel), abort: () => channel.abort() };
  void splice(conduit, tunnel, { onEndSent: over }).closed.then(over);
  return () => {
    if (isOver) return;
    conduit.socket.ref();
    channel.ref();
  };
}
