/**
 * Where a suite may play: a relay that is started for it, or a real namespace that is there already.
 * @module
 */
import { type RelayConfig, type RelayServer, RelayWorkers, startRelay } from '@hybridge/relay';
import { type ConnectionString, parseConnectionString } from '@hybridge/sas';
import { serverCertificate } from '../certificates.js';
import type { Credential, Place } from './subjects.js';

/** Something to connect through. */
export interface Venue {
  open(): Promise<void>;
  /** A hybrid connection for one test. */
  place(): Place;
  close(): Promise<void>;
}

const PLACES = 100;

/** A relay in this process or in several workers, with a hybrid connection for each test. */
export class LocalRelay implements Venue {
  readonly #scheme: 'ws' | 'wss';
  readonly #workers: number;
  #relay: RelayServer | RelayWorkers | undefined;
  #ca: string | undefined;
  #origin = '';
  #used = 0;

  /**
   * @param scheme - `wss` gives the relay a certificate
   * @param workers - with more than one, the relay is as many processes, which need what the build made
   */
  constructor(scheme: 'ws' | 'wss', workers = 1) {
    this.#scheme = scheme;
    this.#workers = workers;
  }

  async open(): Promise<void> {
    const hybridConnections = Array.from({ length: PLACES }, (_, index) => `place-${index + 1}`);
    const secured = await this.#secured();
    this.#relay =
      this.#workers === 1
        ? await startRelay({ hybridConnections, ...secured })
        : await startWorkers(this.#workers, hybridConnections, secured.listen);
    this.#origin = this.#relay.url.replace(/\/$/, '');
  }

  place(): Place {
    this.#used += 1;
    if (this.#used > PLACES) throw new Error(`This relay has ${PLACES} hybrid connections`);
    const entity = `place-${this.#used}`;
    return {
      origin: this.#origin,
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
      entity,
      listener: this.#credential(entity, 'defaultListener'),
      sender: this.#credential(entity, 'defaultSender'),
    };
  }

  async close(): Promise<void> {
    await this.#relay?.close({ graceMs: 0 });
  }

  async #secured() {
    if (this.#scheme === 'ws') return {};
    const { ca, cert, key } = await serverCertificate(['localhost']);
    this.#ca = ca;
    return { listen: { tls: { cert, key } } };
  }

  #credential(entity: string, rule: string): Credential {
    return credentialIn(parseConnectionString(this.#relay!.connectionString(entity, rule)));
  }
}

async function startWorkers(
  count: number,
  names: readonly string[],
  listen: RelayConfig['listen'],
): Promise<RelayWorkers> {
  const hybridConnections = names.map((name) => ({ name }));
  const relay = new RelayWorkers({
    workers: { count },
    listen: { port: 0, ...listen },
    namespaces: [{ name: 'localhost', hybridConnections }],
  });
  await relay.listen();
  return relay;
}

/** The variable of the environment that names a real namespace. */
const REAL_NAMESPACE = 'HYBRIDGE_REAL_NAMESPACE';

/**
 * One hybrid connection of a namespace that runs elsewhere, for all tests in turn.
 *
 * The variable holds one connection string whose policy may listen and send, or two, the listener's and the sender's,
 * with white space between them. Both name the hybrid connection. `wss://` is meant unless the endpoint says `ws://`.
 */
export class RealNamespace implements Venue {
  readonly #place: Place;

  private constructor(place: Place) {
    this.#place = place;
  }

  /** @returns the namespace, or why there is none to be had */
  static find(text = process.env[REAL_NAMESPACE]): RealNamespace | string {
    const strings = text?.trim().split(/\s+/) ?? [];
    if (text === undefined || strings[0] === '') return `${REAL_NAMESPACE} is not set`;
    if (strings.length > 2) return `${REAL_NAMESPACE} holds more than two connection strings`;
    const listener = parseConnectionString(strings[0]!);
    const sender = parseConnectionString(strings.at(-1)!);
    const { endpoint, entityPath } = listener;
    if (entityPath === undefined) return `${REAL_NAMESPACE} names no hybrid connection (EntityPath=…)`;
    if (sender.endpoint.host !== endpoint.host || sender.entityPath !== entityPath) {
      return `The two connection strings of ${REAL_NAMESPACE} lead to different hybrid connections`;
    }
    const plain = endpoint.protocol === 'ws:' || endpoint.protocol === 'http:';
    return new RealNamespace({
      origin: `${plain ? 'ws' : 'wss'}://${endpoint.host}`,
      entity: entityPath,
      listener: credentialIn(listener),
      sender: credentialIn(sender),
      sharedRule: strings.length === 1,
    });
  }

  async open(): Promise<void> {}

  place(): Place {
    return this.#place;
  }

  async close(): Promise<void> {}
}

function credentialIn({ sharedAccessKeyName, sharedAccessKey }: ConnectionString): Credential {
  if (sharedAccessKeyName === undefined || sharedAccessKey === undefined) {
    throw new Error('The connection string has no SharedAccessKeyName and SharedAccessKey');
  }
  return { keyName: sharedAccessKeyName, key: sharedAccessKey };
}
