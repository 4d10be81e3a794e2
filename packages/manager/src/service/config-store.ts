/**
 * The configuration file of a running manager, in which connections are added, changed, and taken out.
 *
 * People edit it, too: it is read anew before each change, and one that changed while a change was made is left as it is. What
 * could not be used afterwards is not written. References (`file:`, `env:`) stay references.
 * @module
 */
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { badRequest, isOpenToOthers, RestError, writeFileAtomically } from '@hybridge/service';
import { ManagerConfigError } from '../config/config-error.js';
import {
  type CheckedSettings,
  type ConnectionConfig,
  type ConnectionSettings,
  checkSettings,
} from '../config/manager-config.js';
import { parseYaml } from '../config/yaml-text.js';
import { connectionId } from '../status/connection-id.js';
import type { ConfigFileStatus } from './api.js';
import {
  type ChangedSettings,
  withChangedConnection,
  withConnection,
  withoutConnection,
} from './config-edit.js';

/** Where the file is, and what follows a change. */
export interface ConfigStoreOptions {
  /** It may not be there yet. */
  readonly path: string;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Has the last word on what is to be added: the administrator's policy. @returns why it may not be */
  readonly judge?: ((connection: ConnectionConfig) => string | undefined) | undefined;
  /** Reads the file again, and applies it. @param by - who wants it so @returns why it cannot be used, if it cannot */
  readonly reload: (by: string) => string | undefined;
}

/** Changes it, one change after the other. */
export class ConfigStore {
  readonly path: string;
  readonly #options: ConfigStoreOptions;
  #last: Promise<unknown> = Promise.resolve();
  /** Why the file as it is now cannot be used; to be kept by whoever follows it. */
  problem: string | undefined;

  constructor(options: ConfigStoreOptions) {
    this.path = resolve(options.path);
    this.#options = options;
  }

  /** Where it is, and whether it can be changed here. */
  status(): ConfigFileStatus {
    const reason = this.#whyNot();
    const { path, problem } = this;
    return {
      path,
      isWritable: reason === undefined,
      ...(reason !== undefined && { reason }),
      ...(problem !== undefined && { problem }),
    };
  }

  /**
   * Adds a connection.
   * @param by - who wants it so
   * @returns its id
   * @throws RestError 400 when it cannot be used, 409 when it is there, or the file cannot be changed
   */
  async add(settings: ConnectionSettings, by: string): Promise<string> {
    return this.#inTurn(async () => {
      const { text, checked } = this.#read();
      const added = this.#checkedAlone(settings);
      const id = connectionId(added);
      const { connections } = checked.config;
      if (connections.some((each) => connectionId(each) === id)) {
        throw conflict(
          `The hybrid connection ${added.hybridConnection} of ${added.namespace} is there already.`,
        );
      }
      checkName(added, connections);
      this.#judge(added);
      await this.#write(withConnection(text, settings), { before: text, by });
      return id;
    });
  }

  /**
   * Changes a connection, which stays the one of the same hybrid connection.
   * @param by - who wants it so
   * @throws RestError 400 when it cannot be used, 404, 409 when the name is taken, or the file cannot be changed
   */
  async change(id: string, changed: ChangedSettings, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const { text, checked } = this.#read();
      const { connections } = checked.config;
      const index = this.#indexOf(id, connections);
      const next = withChangedConnection(text, index, changed);
      const settings = (parseYaml(next) as { readonly connections: readonly ConnectionSettings[] })
        .connections;
      const connection = this.#checkedAlone(settings[index]!);
      if (connectionId(connection) !== id) {
        const other = `${connection.hybridConnection} of ${connection.namespace}`;
        throw badRequest(`This is the connection string of ${other}: add that one.`, 'connectionString');
      }
      checkName(
        connection,
        connections.filter((_, each) => each !== index),
      );
      if (changed.connectionString !== undefined || changed.endpoint !== undefined) this.#judge(connection);
      await this.#write(next, { before: text, by });
    });
  }

  /** Takes a connection out. @param by - who wants it so @throws RestError 404, 409 */
  async remove(id: string, by: string): Promise<void> {
    return this.#inTurn(async () => {
      const { text, checked } = this.#read();
      const index = this.#indexOf(id, checked.config.connections);
      await this.#write(withoutConnection(text, index), { before: text, by });
    });
  }

  #indexOf(id: string, connections: readonly ConnectionConfig[]): number {
    const index = connections.findIndex((each) => connectionId(each) === id);
    if (index !== -1) return index;
    throw new RestError(404, 'ResourceNotFound', `The file ${this.path} has no ${id}.`);
  }

  #judge(connection: ConnectionConfig): void {
    const denial = this.#options.judge?.(connection);
    if (denial !== undefined) throw blockedByPolicy(denial);
  }

  /** What else was asked for waits, whatever comes of this. */
  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const done = this.#last.then(step, step);
    this.#last = done.catch(() => undefined);
    return done;
  }

  #read(): { readonly text: string; readonly checked: CheckedSettings } {
    const reason = this.#whyNot();
    if (reason !== undefined) throw conflict(`The configuration cannot be changed here: ${reason}.`);
    const text = textOf(this.path);
    try {
      return { text, checked: this.#check(text) };
    } catch (error) {
      if (!(error instanceof ManagerConfigError)) throw error;
      throw conflict(`${this.path} cannot be used as it is, and has to be mended first: ${error.message}.`);
    }
  }

  #check(text: string): CheckedSettings {
    return checkSettings(parseYaml(text), this.#sources);
  }

  get #sources() {
    const { env } = this.#options;
    return { directory: dirname(this.path), ...(env && { env }), mayBeEmpty: true };
  }

  #checkedAlone(settings: ConnectionSettings) {
    try {
      const [added] = checkSettings({ connections: [settings] }, this.#sources).config.connections;
      return added!;
    } catch (error) {
      if (!(error instanceof ManagerConfigError)) throw error;
      const [, member, words] = /^connections\[0\]\.?(\w*): (.*)$/s.exec(error.message) ?? [];
      const message = words ?? error.message;
      throw badRequest(`${message.charAt(0).toUpperCase()}${message.slice(1)}.`, member || undefined);
    }
  }

  async #write(
    text: string,
    { before, by }: { readonly before: string; readonly by: string },
  ): Promise<void> {
    const { holdKeys } = this.#check(text);
    const file = existsSync(this.path) ? realpathSync(this.path) : this.path;
    const stats = existsSync(file) ? statSync(file) : undefined;
    // A key makes the file its owner's alone.
    const mode = stats === undefined || (holdKeys && isOpenToOthers(file)) ? 0o600 : stats.mode & 0o777;
    const isOthers = stats !== undefined && process.getuid?.() === 0 && stats.uid !== 0;
    try {
      await writeFileAtomically(file, text, {
        mode,
        ...(isOthers && { owner: { uid: stats.uid, gid: stats.gid } }),
        beforeReplacing: () => {
          if (textOf(this.path) !== before) {
            throw conflict(`${this.path} was changed by somebody else just now: try again.`);
          }
        },
      });
    } catch (error) {
      if (error instanceof RestError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw conflict(`The configuration cannot be changed here: ${this.path} cannot be written (${code}).`);
    }
    const problem = this.#options.reload(by);
    if (problem !== undefined) throw conflict(`It is written, and not in force: ${problem}.`);
  }

  /** Why the file cannot be changed here. */
  #whyNot(): string | undefined {
    const file = existsSync(this.path) ? realpathSync(this.path) : this.path;
    try {
      if (existsSync(file)) {
        accessSync(file, constants.R_OK | constants.W_OK);
        accessSync(dirname(file), constants.W_OK | constants.X_OK);
        return undefined;
      }
      // Folders are made when they are needed.
      let folder = dirname(file);
      while (!existsSync(folder)) folder = dirname(folder);
      accessSync(folder, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      return `${file} cannot be written (${(error as NodeJS.ErrnoException).code})`;
    }
  }
}

/** @throws RestError 409 when one of the others is called so */
function checkName({ name }: ConnectionConfig, others: readonly ConnectionConfig[]): void {
  if (others.some((each) => each.name === name)) {
    throw conflict(`The name ${JSON.stringify(name)} is taken: give another one.`, 'name');
  }
}

/** A file that is not there yet has nothing in it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return '';
    throw conflict(`${path} cannot be read (${code}).`);
  }
}

/** The administrator's policy does not allow it. @param denial - a sentence */
export function blockedByPolicy(denial: string): RestError {
  return new RestError(403, 'BlockedByPolicy', `${denial.replace(/\.$/, '')}.`);
}

function conflict(message: string, target?: string): RestError {
  return new RestError(409, 'Conflict', message.replace(/\.\.$/, '.'), { target });
}
