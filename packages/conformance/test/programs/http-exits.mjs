/**
 * Makes two requests, one after the other, keeps the connection for a next one that never comes, and has nothing more
 * to do: the process must exit by itself.
 *
 * One argument, JSON: client ('http', 'https', 'undici', 'undici-https', 'request'), connectionString, ca.
 */
import http from 'node:http';
import https from 'node:https';
import { forUndici, HybridConnectionAgent, HybridConnectionHttpsAgent, request } from '@hybridge/sender';

const { client, connectionString, ca } = JSON.parse(process.argv[2]);

const get = (module, url, agent) =>
  new Promise((resolve, reject) => {
    const asked = module.get(url, { agent }, async (answer) => {
      let body = '';
      for await (const chunk of answer) body += chunk;
      resolve(body);
    });
    asked.once('error', reject);
  });

const undici = async (url) => {
  const { Agent, fetch } = await import('undici');
  const dispatcher = new Agent({
    ...forUndici(connectionString, { ca }),
    keepAliveTimeout: 60_000,
  });
  return async () => (await fetch(url, { dispatcher })).text();
};

const clients = {
  http: async () => {
    const agent = new HybridConnectionAgent(connectionString);
    return () => get(http, 'http://inside.example/', agent);
  },
  https: async () => {
    const agent = new HybridConnectionHttpsAgent(connectionString, { ca });
    return () => get(https, 'https://inside.example/', agent);
  },
  undici: () => undici('http://inside.example/'),
  'undici-https': () => undici('https://inside.example/'),
  request: async () => async () => {
    let body = '';
    for await (const chunk of (await request(connectionString)).body) body += chunk;
    return body;
  },
};

const ask = await clients[client]();
console.log(await ask());
console.log(await ask());
