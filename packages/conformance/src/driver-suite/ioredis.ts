/**
 * `ioredis`. A command that is under way when the connection is lost is sent again, unless that is ruled out as here.
 * @module
 */
import { forIoredis } from '@hybridge/sender';
import { Redis } from 'ioredis';
import type { RedisService } from '../services/redis.js';
import type { ClientDriver } from './client.js';

/** The driver. */
export const ioredisDriver: ClientDriver<RedisService> = {
  name: 'ioredis',
  server: 'Redis',
  lost: [{ name: 'MaxRetriesPerRequestError' }],
  refused: { code: 'ECONNREFUSED' },
  async open(tunnel, { password, ca, servername }, way = 'plain') {
    const options = {
      ...forIoredis(tunnel),
      ...{ password, host: servername, lazyConnect: true, maxRetriesPerRequest: 0 },
      ...(way === 'tls' ? { tls: { ca } } : {}),
    };
    let refusal: Error | undefined;
    const redis = new Redis(options);
    redis.on('error', (error) => {
      refusal ??= error;
    });
    await redis.connect().catch((error) => {
      redis.disconnect();
      throw refusal ?? error;
    });
    return {
      ask: () => redis.ping(),
      wait: () => redis.blpop('nothing', 30),
      async move(bytes) {
        await redis.set('big', 'x'.repeat(bytes));
        return (await redis.get('big'))?.length ?? 0;
      },
      async together() {
        const answers = await redis.multi().set('one', '1').incr('one').exec();
        return answers?.[1]?.[1] === 2;
      },
      end: () => redis.quit(),
    };
  },
};
