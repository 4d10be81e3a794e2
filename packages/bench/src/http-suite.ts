/**
 * HTTP through the relay to a listener that answers by itself, beside a plain reverse proxy of `node:http` before a plain
 * server: three processes each, this one included.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { canInspectProcesses } from '@hybridge/conformance';
import { audienceOf, createToken, formatConnectionString } from '@hybridge/sas';
import { cpuSeconds } from './cpu.js';
import { Asker, rate } from './http-load.js';
import { interleaved } from './interleaved.js';
import { type Script, startScript } from './script.js';
import { type Comparison, compare, median } from './statistics.js';
import type { Suite } from './suites.js';

/** How long one measurement of a rate takes. */
const RATE_MS = 1_500;

/** How many ask at once. */
const AT_ONCE = 64;

/** A way for HTTP requests. */
interface HttpPath {
  readonly port: number;
  /** What comes between sender and service. */
  readonly middle: number;
  /** A request as bytes. */
  request(method: 'GET' | 'POST', body: string): Buffer;
}

/** Requests a second, and how long one takes. */
export const http: Suite = {
  name: 'http',
  about: 'HTTP requests, beside a reverse proxy of node:http',
  async measure(run) {
    const scripts: Script[] = [];
    const start = async (name: string, ...args: string[]) => {
      const script = await startScript(name, args);
      scripts.push(script);
      return script;
    };
    try {
      const yardstick = await reverseProxy(start);
      const ours = await relayAndListener(start);
      const between = <T>(step: string, measure: (path: HttpPath) => Promise<T>) =>
        interleaved({ ...run, yardstick, ours }, step, measure);
      const comparisons: Comparison[] = [];
      for (const [method, body] of [
        ['GET', ''],
        ['POST', 'x'.repeat(200)],
      ] as const) {
        const name = body === '' ? method : `${method} of ${body.length} bytes`;
        const many = await between(`${name}, ${AT_ONCE} at a time`, (path) =>
          measureRate(path, path.request(method, body)),
        );
        const of = (key: 'rate' | 'cpu') =>
          [many.yardstick.map((r) => r[key]), many.ours.map((r) => r[key])] as const;
        comparisons.push(
          compare(`HTTP ${name}, ${AT_ONCE} at a time, to node:http proxy`, '1/s', ...of('rate')),
        );
        if (canInspectProcesses) {
          comparisons.push(compare(`HTTP ${name}, processor time of relay, to proxy`, 'µs', ...of('cpu')));
        }
        const single = await between(`${name}, one at a time`, (path) =>
          measureOne(path, path.request(method, body)),
        );
        comparisons.push(
          compare(`HTTP ${name}, p50, to node:http proxy`, 'µs', single.yardstick, single.ours),
        );
      }
      return comparisons;
    } finally {
      for (const script of scripts) script.stop();
    }
  },
};

async function measureRate(path: HttpPath, request: Buffer): Promise<{ rate: number; cpu: number }> {
  const askers = await Promise.all(Array.from({ length: AT_ONCE }, () => Asker.open(path.port, request)));
  const before = canInspectProcesses ? cpuSeconds(path.middle) : 0;
  const perSecond = await rate(askers, RATE_MS);
  const spent = canInspectProcesses ? cpuSeconds(path.middle) - before : 0;
  for (const asker of askers) asker.close();
  return { rate: perSecond, cpu: (spent * 1e6) / (perSecond * (RATE_MS / 1000)) };
}

async function measureOne(path: HttpPath, request: Buffer): Promise<number> {
  const asker = await Asker.open(path.port, request);
  const times: number[] = [];
  for (let i = 0; i < 1000; i += 1) {
    const start = performance.now();
    await asker.ask();
    times.push((performance.now() - start) * 1000);
  }
  asker.close();
  return median(times);
}

type Start = (name: string, ...args: string[]) => Promise<Script>;

async function reverseProxy(start: Start): Promise<HttpPath> {
  const target = await start('http-target');
  return pathOf(await start('http-proxy', String(target.port)), '');
}

async function relayAndListener(start: Start): Promise<HttpPath> {
  const key = randomBytes(32).toString('base64');
  const relay = await start('http-relay', key);
  const endpoint = new URL(`http://127.0.0.1:${relay.port}`);
  const credentials = { sharedAccessKeyName: 'bench', sharedAccessKey: key };
  await start('http-listener', formatConnectionString({ endpoint, entityPath: 'web', ...credentials }));
  const token = createToken({ resource: audienceOf(endpoint, 'web'), keyName: 'bench', key });
  return pathOf(relay, `ServiceBusAuthorization: ${token}\r\n`);
}

function pathOf({ port, pid }: Script, headers: string): HttpPath {
  return {
    port,
    middle: pid,
    request: (method, body) => {
      const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
      return Buffer.from(
        `${method} /web/orders HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headers}${length}\r\n${body}`,
      );
    },
  };
}
