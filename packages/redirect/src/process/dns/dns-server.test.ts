import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DnsServer } from './dns-server.js';

async function server() {
  const dns = new DnsServer({
    addressOf: (name) => (name === 'sql01.corp.example' ? '127.77.1.2' : undefined),
    nameOf: (address) => (address === '127.77.1.2' ? 'sql01.corp.example' : undefined),
  });
  onTestFinished(() => dns.close());
  const address = await dns.listen({ host: '127.0.0.1', port: 0 });
  const resolver = new Resolver({ timeout: 2_000, tries: 1 });
  resolver.setServers([`${address.host}:${address.port}`]);
  return { dns, resolver, port: address.port };
}

/** A question for the address of `sql01.corp.example`. */
const QUESTION = Buffer.concat([
  Buffer.from([0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
  ...['sql01', 'corp', 'example', ''].map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
  Buffer.from([0, 1, 0, 1]),
]);
const framed = (message: Buffer) =>
  Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);

describe('a DNS server for a few names', () => {
  it("answers Node's own resolver", async () => {
    const { resolver } = await server();
    expect(await resolver.resolve4('SQL01.corp.example')).toEqual(['127.77.1.2']);
    expect(await resolver.reverse('127.77.1.2')).toEqual(['sql01.corp.example']);
    await expect(resolver.resolve6('sql01.corp.example')).rejects.toMatchObject({ code: 'ENODATA' });
    await expect(resolver.resolve4('www.example.org')).rejects.toMatchObject({ code: 'EREFUSED' });
  });

  it('answers by TCP, several questions in whatever pieces', async () => {
    const { port } = await server();
    const client = connect(port, '127.0.0.1');
    const both = Buffer.concat([framed(QUESTION), framed(QUESTION)]);
    client.write(both.subarray(0, 3));
    await once(client, 'connect');
    client.write(both.subarray(3, 50));
    client.end(both.subarray(50));
    const answers = await buffer(client);
    expect(answers.length).toBe(2 * (2 + QUESTION.length + 16));
    expect([...answers.subarray(-4)]).toEqual([127, 77, 1, 2]);
  });

  it.each([
    ['a length beyond all questions', Buffer.from([0xff, 0xff, 0])],
    ['what is no question', framed(Buffer.alloc(3))],
    ['an answer', framed(Buffer.from(QUESTION.with(2, 0x81)))],
  ])('cuts a TCP client that sends %s', async (_, bytes) => {
    const { port } = await server();
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined).resume();
    client.write(bytes);
    await once(client, 'close');
  });

  it('cuts a TCP client that comes to no question, however slowly it talks', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const { port } = await server();
    const client = connect(port, '127.0.0.1');
    client.on('error', () => undefined);
    client.write(framed(QUESTION));
    await once(client, 'data');
    client.write(Buffer.of(0));
    vi.advanceTimersByTime(10_000);
    // With a reset, since its last byte was not read.
    await new Promise((resolve) => client.once('close', resolve));
  });

  it('says nothing to an answer by UDP, and goes on', async () => {
    const { port, resolver } = await server();
    const client = createSocket('udp4');
    onTestFinished(() => void client.close());
    client.on('message', () => expect.unreachable());
    for (const bytes of [QUESTION.with(2, 0x81), new Uint8Array(0), new Uint8Array(5)]) {
      client.send(bytes, port, '127.0.0.1');
    }
    expect(await resolver.resolve4('sql01.corp.example')).toEqual(['127.77.1.2']);
  });

  it('says who may have its port when that is taken', async () => {
    const { port } = await server();
    const second = new DnsServer({ addressOf: () => undefined, nameOf: () => undefined });
    await expect(second.listen({ host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining('another hybridge'),
    });
  });
});
