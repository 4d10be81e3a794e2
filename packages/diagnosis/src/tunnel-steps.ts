/**
 * The real thing: a control channel that is opened and closed, and a connection through the tunnel.
 *
 * Source: docs/protocol.md, sections 2.1 (control channel) and 3.1 (rendezvous).
 * @module
 */
import { randomUUID } from 'node:crypto';
import { isRelayError, listenUrl, type RelayError, type RelayErrorCode } from '@hybridge/protocol';
import type { DataChannel } from '@hybridge/socket';
import type { Journey } from './journey.js';
import { openingWords } from './refusal-words.js';
import type { Finding } from './step.js';
import { close, openChannel, openTunnel } from './tunnel.js';

/**
 * How long a tunnel is watched after it opened, in milliseconds. Managers that accept first and dial their target then
 * close it at once when that fails; and many services speak first.
 */
const WATCH_MS = 300;

/** Registers as a listener, for a moment. */
export async function register(journey: Journey): Promise<Finding> {
  const { settings, address, policy } = journey;
  if (settings.register !== true) {
    return {
      outcome: 'skipped',
      message: 'not asked for: it would count as a listener for a moment (register)',
    };
  }
  const url = listenUrl(address, { id: randomUUID() });
  const opened = await openChannel(journey, url, { timeoutMs: settings.timeoutMs });
  if ('error' in opened) {
    const { error } = opened;
    return {
      outcome: 'failed',
      ...openingWords(error, journey.refused, settings.timeoutMs),
      detail: factsOf(error),
    };
  }
  opened.channel.start();
  await close(opened);
  return {
    outcome: 'ok',
    message: `the relay took a listener on, with ${policy ?? 'the token'}`,
    detail: { policy },
  };
}

/** Opens a connection to the target. */
export async function probe(journey: Journey): Promise<Finding> {
  const { settings, information } = journey;
  if (settings.probe !== true) return { outcome: 'skipped', message: 'not asked for (probe)' };
  // A listener that does not answer for itself has opened one already.
  const opened = journey.opened ?? (await openTunnel(journey, settings.protocols ?? []));
  journey.opened = undefined;
  if ('error' in opened) return refused(opened.error, journey);
  const { openMs } = opened;
  const { bytes, ended } = await watch(opened.channel);
  await close(opened);
  const detail = { openMs, bytesHeard: bytes, ended };
  if (ended && bytes === 0) {
    return {
      outcome: 'warning',
      message: `a connection opened in ${openMs} ms and was closed at once from the other end`,
      advice: `The target closed it, or its manager could not reach it and says so only so: look there, at ${information?.endpoint ?? 'the target'}`,
      detail,
    };
  }
  const heard = bytes === 0 ? '' : `, and the target spoke (${bytes} bytes)`;
  return { outcome: 'ok', message: `a connection to the target opened in ${openMs} ms${heard}`, detail };
}

function refused(error: Error, journey: Journey): Finding {
  const detail = factsOf(error);
  const words = openingWords(error, journey.refused, journey.settings.probeTimeoutMs);
  if (!isRelayError(error)) return { outcome: 'failed', ...words, detail };
  if (isListeners(error)) {
    const said = /\(([^()]*(?:\([^()]*\)[^()]*)*)\)$/.exec(error.message)?.[1] ?? error.status;
    const advice = 'Look at its log, and at what it lets in';
    return { outcome: 'failed', message: `a listener is there and said no: ${said}`, advice, detail };
  }
  const { targetCode } = error;
  if (targetCode === undefined) return { outcome: 'failed', ...words, detail };
  const { endpoint } = journey.information ?? {};
  const target = endpoint === undefined ? 'its target' : `its target ${endpoint}`;
  return {
    outcome: 'failed',
    message: `a listener is there, and cannot reach ${target}: ${targetCode}`,
    advice: `${TARGET_ADVICE[targetCode] ?? 'Check the way from the manager to it'}. On the manager's machine: hybridge test ${endpoint ?? 'host:port'}`,
    detail,
  };
}

function factsOf(error: Error): Finding['detail'] & object {
  const { code } = error as NodeJS.ErrnoException;
  if (!isRelayError(error)) return { code };
  const { targetCode, status, trackingId } = error;
  return { code, targetCode, status, trackingId };
}

/** A listener's own words come alone; the relay signs its own with a tracking id. */
function isListeners({ code, status, trackingId }: RelayError): boolean {
  return status !== undefined && trackingId === undefined && LIKE_THE_RELAYS.has(code);
}

/** Refusals that a listener words as it likes, under any status. */
const LIKE_THE_RELAYS = new Set<RelayErrorCode>([
  'ERR_RELAY_UNAUTHORIZED',
  'ERR_RELAY_FORBIDDEN',
  'ERR_RELAY_ENDPOINT_NOT_FOUND',
  'ERR_RELAY_BUSY',
  'ERR_RELAY_REJECTED',
]);

const TARGET_ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Start the service there, or correct the port of the endpoint',
  ENOTFOUND: "The manager's machine does not know the name: correct it, or its DNS",
  EAI_AGAIN: "The manager's machine gets no answer from its DNS servers",
  ETIMEDOUT: 'Its host is down, or a firewall between the manager and it drops the packets',
  EACCES: "The manager's policy, or its machine's, forbids that target",
};

/** Sees for a moment what becomes of an open tunnel. */
function watch(channel: DataChannel): Promise<{ readonly bytes: number; readonly ended: boolean }> {
  return new Promise((resolve) => {
    let bytes = 0;
    const done = (ended: boolean) => {
      clearTimeout(timer);
      resolve({ bytes, ended });
    };
    const timer = setTimeout(() => done(false), WATCH_MS);
    channel.onData = (payload) => {
      bytes += payload.length;
      done(false);
      return true;
    };
    channel.onEnd = () => done(true);
    channel.onCut = () => done(true);
    channel.start();
  });
}
