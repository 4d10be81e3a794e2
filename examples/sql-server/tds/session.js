/** One client of the server: from its first packet to the end of its connection. */
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { done, failure, loggedIn, prelogin, result, transaction } from './answers.js';
import { MessageReader, MessageType, packets } from './messages.js';
import { readBatch, readCall, readLogin, readTransaction, wantsEncryption } from './requests.js';

const PACKET_BYTES = 4096;
/** The type of a TLS record. */
const APPLICATION_DATA = 0x17;
const LOGIN_FAILED = 18_456;
/** What anything else that goes wrong is said to be: the words are PostgreSQL's. */
const USER_ERROR = 50_000;

/** Talks to a client until it goes. */
export class Session {
  #options;
  #stream;
  #database;
  /** Held while a transaction is open. */
  #turn;

  /** @param options - `tls`, `password`, and `turns`: who may use the database */
  constructor(socket, options) {
    this.#options = options;
    this.#stream = socket;
    this.#listen(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#leave());
  }

  #listen(stream) {
    const reader = new MessageReader();
    let before = Promise.resolve();
    stream.on('data', (chunk) => {
      try {
        for (const message of reader.take(chunk)) {
          before = before.then(() => this.#take(message)).catch(() => this.#stream.destroy());
        }
      } catch {
        this.#stream.destroy();
      }
    });
    stream.on('end', () => this.#stream.end());
  }

  async #take({ type, body }) {
    switch (type) {
      case MessageType.prelogin:
        return this.#greet(body);
      case MessageType.login:
        return this.#login(body);
      case MessageType.batch:
        return this.#run(readBatch(body), [], false);
      case MessageType.call:
        return this.#call(readCall(body));
      case MessageType.transaction:
        return this.#transact(readTransaction(body));
      case MessageType.attention:
        return this.#send(done({ attention: true }));
      default:
        throw new Error(`A message of type ${type} is not known here`);
    }
  }

  #greet(body) {
    const encryption = wantsEncryption(body);
    this.#send(prelogin({ encryption }));
    if (encryption) this.#encrypt();
  }

  /** The handshake of TLS travels in PRELOGIN messages; what follows, from the first record of data on, does not. */
  #encrypt() {
    const socket = this.#stream;
    socket.removeAllListeners('data');
    const reader = new MessageReader();
    let isOpen = false;
    const inner = new Duplex({
      read() {},
      write(chunk, _, written) {
        isOpen ||= chunk[0] === APPLICATION_DATA;
        socket.write(isOpen ? chunk : packets(MessageType.prelogin, chunk, PACKET_BYTES), written);
      },
      final(ended) {
        socket.end(ended);
      },
    });
    socket.on('data', (chunk) => {
      isOpen ||= chunk[0] === APPLICATION_DATA;
      if (isOpen) inner.push(chunk);
      else for (const { body } of reader.take(chunk)) inner.push(body);
    });
    socket.once('close', () => inner.destroy());
    // Within TDS 7 there is no TLS 1.3: its tickets follow the handshake.
    const secure = new TLSSocket(inner, { isServer: true, maxVersion: 'TLSv1.2', ...this.#options.tls });
    secure.on('error', () => socket.destroy());
    this.#stream = secure;
    this.#listen(secure);
  }

  #login(body) {
    const { user, password, database } = readLogin(body);
    if (password !== this.#options.password) {
      this.#send(
        Buffer.concat([
          failure(LOGIN_FAILED, `Login failed for user '${user}'.`, 14),
          done({ failed: true }),
        ]),
      );
      this.#stream.end();
      return;
    }
    this.#database = database;
    this.#send(loggedIn(this.#database, PACKET_BYTES));
  }

  /** Parameters have names in T-SQL and numbers in PostgreSQL. */
  async #call({ name, values }) {
    if (name !== 'sp_executesql') {
      this.#send(
        Buffer.concat([failure(2_812, `Could not find stored procedure '${name}'.`), done({ failed: true })]),
      );
      return;
    }
    const [statement, , ...parameters] = values;
    const names = parameters.map((parameter) => parameter.name);
    const sql = statement.value.replaceAll(/@\w+/g, (found) => {
      const index = names.indexOf(found);
      return index < 0 ? found : `$${index + 1}`;
    });
    await this.#run(
      sql,
      parameters.map(({ value }) => value),
      true,
    );
  }

  async #run(sql, parameters, isCall) {
    // Settings of the client's own, which PostgreSQL does not have.
    if (/^\s*set\s/i.test(sql)) {
      this.#send(done());
      return;
    }
    const pause = /^\s*waitfor\s+delay\s+'(\d\d):(\d\d):(\d\d)'\s*$/i.exec(sql);
    if (pause !== null) {
      const [hours, minutes, seconds] = pause.slice(1).map(Number);
      await sleep(1_000 * (3_600 * hours + 60 * minutes + seconds), undefined, { ref: false });
      this.#send(done({ kind: isCall ? 0xfe : 0xfd }));
      return;
    }
    const turn = this.#turn ?? (await this.#options.turns.take());
    try {
      const answer = await turn.db.query(sql, parameters);
      this.#send(result(answer, isCall));
    } catch (error) {
      this.#send(
        Buffer.concat([
          failure(USER_ERROR, error.message),
          done({ kind: isCall ? 0xfe : 0xfd, failed: true }),
        ]),
      );
    } finally {
      if (turn !== this.#turn) turn.release();
    }
  }

  async #transact(what) {
    if (what === 'begin') this.#turn = await this.#options.turns.take();
    await this.#turn.db.query(what);
    if (what !== 'begin') this.#release();
    this.#send(transaction(what));
  }

  async #leave() {
    if (this.#turn === undefined) return;
    await this.#turn.db.query('rollback').catch(() => {});
    this.#release();
  }

  #release() {
    this.#turn.release();
    this.#turn = undefined;
  }

  #send(body) {
    if (this.#stream.destroyed) return;
    this.#stream.write(packets(MessageType.answer, body, PACKET_BYTES));
  }
}
