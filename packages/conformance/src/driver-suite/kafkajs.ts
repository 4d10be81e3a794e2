/**
 * `kafkajs`: what asks is its administrator, which needs no topic.
 * @module
 */
import { forKafkajs } from '@hybridge/sender';
import { Kafka, logLevel } from 'kafkajs';
import type { PretendedKafka } from '../services/pretended-kafka.js';
import type { ClientDriver } from './client.js';

/** The driver. */
export const kafkajsDriver: ClientDriver<PretendedKafka> = {
  name: 'kafkajs',
  server: 'a pretended Kafka',
  lost: [{ name: 'KafkaJSConnectionClosedError' }, { name: 'KafkaJSConnectionError' }],
  refused: { code: 'ECONNREFUSED' },
  async open(tunnel, { servername, ca }, way = 'plain') {
    const kafka = new Kafka({
      // One hybrid connection for each broker: here there is one, which the cluster calls by this name, too.
      ...forKafkajs((host) => {
        if (host !== servername) throw new Error(`The driver asked for ${host}`);
        return tunnel;
      }),
      ...{ clientId: 'app', brokers: [`${servername}:9092`], logLevel: logLevel.NOTHING },
      ...{ retry: { retries: 0 }, ...(way === 'tls' ? { ssl: { ca: [ca] } } : {}) },
    });
    const admin = kafka.admin();
    await admin.connect();
    return {
      ask: () => admin.fetchTopicMetadata({ topics: ['none'] }),
      wait: () => admin.fetchTopicMetadata({ topics: ['wait'] }),
      async move(bytes) {
        const topics = await admin.listTopics();
        return topics.join('').slice(0, bytes).length;
      },
      end: () => admin.disconnect(),
    };
  },
};
