/**
 * Uses a client, ends it, and has nothing more to do: the process must exit by itself.
 *
 * One argument, JSON: driver, way ('plain', 'tls', 'starttls'), connectionString, service (what the server says of itself).
 */
import { once } from 'node:events';
import { forIoredis, forKafkajs, forLdapts, forMongodb, forNodemailer, forSsh2 } from '@hybridge/sender';

const { driver, way, connectionString, service } = JSON.parse(process.argv[2]);
const { user, password, ca, servername } = service;
const tls = way === 'tls';
const starttls = way === 'starttls';

const drivers = {
  async ioredis() {
    const { Redis } = await import('ioredis');
    const secure = tls ? { tls: { ca } } : {};
    const redis = new Redis({ ...forIoredis(connectionString), host: servername, password, ...secure });
    await redis.ping();
    await redis.quit();
  },
  async ldapts() {
    const { Client } = await import('ldapts');
    const client = new Client({
      ...forLdapts(connectionString),
      ...(tls ? { tlsOptions: { ca: [ca] } } : {}),
      url: `${tls ? 'ldaps' : 'ldap'}://${servername}`,
    });
    if (starttls) await client.startTLS({ ca: [ca], servername });
    await client.bind(user, password);
    await client.unbind();
  },
  async nodemailer() {
    const { default: nodemailer } = await import('nodemailer');
    const transport = nodemailer.createTransport({
      ...forNodemailer(connectionString),
      ...{ pool: true, host: servername, auth: { user, pass: password } },
      ...(starttls ? { tls: { ca } } : { ignoreTLS: true }),
    });
    await transport.sendMail({ from: 'app@corp.test', to: 'jane@corp.test', text: 'hello' });
    transport.close();
  },
  async ssh2() {
    const { default: ssh2 } = await import('ssh2');
    const client = new ssh2.Client();
    client.connect({ ...forSsh2(connectionString), username: user, privateKey: service.privateKey });
    await once(client, 'ready');
    client.end();
  },
  async mongodb() {
    const { MongoClient } = await import('mongodb');
    const client = new MongoClient('mongodb://mongo.test', await forMongodb(connectionString));
    await client.db('app').command({ ping: 1 });
    await client.close();
  },
  async kafkajs() {
    const { Kafka, logLevel } = await import('kafkajs');
    const kafka = new Kafka({
      ...forKafkajs(connectionString),
      ...{ brokers: [`${servername}:9092`], clientId: 'app', logLevel: logLevel.NOTHING },
      ...(tls ? { ssl: { ca: [ca] } } : {}),
    });
    const admin = kafka.admin();
    await admin.connect();
    await admin.listTopics();
    await admin.disconnect();
  },
};

await drivers[driver]();
console.log('ended');
