/**
 * `mongodb`, through the SOCKS5 proxy that its adapter is.
 * @module
 */
import { forMongodb } from '@hybridge/sender';
import { MongoClient } from 'mongodb';
import type { RestartableService } from '../services/service.js';
import type { ClientDriver } from './client.js';

const SELECTION_TIMEOUT_MS = 3000;

/** The driver. */
export const mongodbDriver: ClientDriver<RestartableService> = {
  name: 'mongodb',
  server: 'a pretended MongoDB',
  lost: [{ name: 'MongoNetworkError' }, { name: 'PoolClearedOnNetworkError' }],
  // What it says of a proxy that could not connect; the reason is a number in SOCKS5, which it gives as this word.
  refused: { message: 'ConnectionRefused' },
  async open(tunnel) {
    const port = new AbortController();
    const client = new MongoClient('mongodb://mongo.test', {
      ...(await forMongodb(tunnel, { signal: port.signal })),
      ...{ serverSelectionTimeoutMS: SELECTION_TIMEOUT_MS, retryReads: false },
    });
    const end = async () => {
      await client.close();
      port.abort();
    };
    try {
      await client.connect();
    } catch (error) {
      await end();
      throw error;
    }
    const app = client.db('app');
    return {
      ask: () => app.command({ ping: 1 }),
      wait: () => app.command({ sleep: 1 }),
      async move(bytes) {
        return (await app.collection('large').findOne({ bytes }))?.big.length;
      },
      end,
    };
  },
};
