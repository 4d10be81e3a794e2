/**
 * `kafkajs`: `socketFactory` gives a connection to each broker. TLS is the factory's to start, by the driver's options.
 *
 * A cluster's brokers name each other, and the driver connects to each of them: each has a hybrid connection of its own.
 * @module
 */
import type net from 'node:net';
import type tls from 'node:tls';
import { tlsOver } from './tls-over.js';
import { asNetSocket, openerFor, type TunnelSource, type TunnelSourceFor } from './tunnel-source.js';

/** What `kafkajs` is told. */
export interface KafkajsTunnel {
  readonly socketFactory: (broker: KafkajsBroker) => net.Socket;
}

/** What the driver says of a connection. */
export interface KafkajsBroker {
  readonly host: string;
  readonly port: number;
  /** Absent: no TLS. */
  readonly ssl: tls.ConnectionOptions;
  readonly onConnect: () => void;
}

/**
 * For `new Kafka({ brokers, ...forKafkajs(tunnel), … })`. With `ssl`, the brokers' names are those in their certificates.
 * @param tunnel - for one broker, or a function that has one for each
 * @throws RelayError `ERR_RELAY_ARGUMENT`
 */
export function forKafkajs(tunnel: TunnelSource | TunnelSourceFor): KafkajsTunnel {
  const open = openerFor(tunnel);
  return {
    socketFactory: ({ host, port, ssl, onConnect }) => {
      const socket = open(host, port);
      if (!ssl) return asNetSocket(socket.once('connect', onConnect));
      return tlsOver(socket, host, ssl).once('secureConnect', onConnect);
    },
  };
}
