/**
 * Which proxy there is, who says so, and whether it leads to the relay.
 * @module
 */
import { isRelayError, type RelayError } from '@hybridge/protocol';
import { connectThrough, type HttpProxy, proxyFor, proxyFromEnvironment, proxyTls } from '@hybridge/socket';
import { within } from './deadline.js';
import type { Journey } from './journey.js';
import { pinned } from './network.js';
import type { Finding } from './step.js';

/** Finds the proxy. */
export function chooseProxy(journey: Journey): Finding {
  const { env } = journey.settings;
  const { proxy: given } = journey.transport;
  const about = { secure: journey.address.secure, hostname: journey.hostname, port: journey.address.port };
  try {
    journey.proxy = proxyFor(about, given, env);
  } catch (error) {
    if (!isRelayError(error)) throw error;
    return {
      outcome: 'failed',
      message: error.message,
      advice: 'Correct that variable, or overrule it: --proxy, --no-proxy (the option proxy)',
    };
  }
  if (given === false) return none('option', 'none, as the option says');
  const variable = proxyFromEnvironment(about, env);
  // From here on it is settled, whatever becomes of the environment.
  journey.transport = { ...journey.transport, proxy: given ?? variable?.value ?? false };
  const { proxy } = journey;
  if (proxy !== undefined) {
    const from = given === undefined ? (variable?.name ?? 'environment') : 'option';
    const detail = {
      proxy: proxy.host,
      from,
      secure: proxy.secure,
      credentials: proxy.authorization !== undefined,
    };
    return {
      outcome: 'ok',
      message: `${proxy.host}, ${from === 'option' ? 'by the option' : `by ${from}`}`,
      detail,
    };
  }
  const excepted = proxyFromEnvironment(about, { ...env, no_proxy: undefined, NO_PROXY: undefined });
  if (excepted === undefined) return none('environment', 'none');
  return none('NO_PROXY', `none: ${excepted.name} names one, and NO_PROXY leaves this relay out`);
}

function none(from: string, message: string): Finding {
  return { outcome: 'ok', message, detail: { proxy: null, from } };
}

/** Asks the proxy for the relay. */
export async function passProxy(journey: Journey): Promise<Finding> {
  const { proxy } = journey;
  if (proxy === undefined) return { outcome: 'skipped', message: 'there is no proxy' };
  journey.release();
  const { port } = journey.address;
  const target = { hostname: journey.hostname, port };
  try {
    const tls = proxy.secure ? proxyTls(journey.transport) : {};
    const lookup = pinned(journey.addresses);
    journey.socket = await within(journey.limits, (signal) =>
      connectThrough(proxy, target, { tls, lookup, signal, onSocket: () => undefined }),
    );
  } catch (error) {
    if (isRelayError(error)) return refused(error, proxy, journey);
    if ((error as Error).name !== 'TimeoutError') throw error;
    return silent(proxy, journey);
  }
  journey.socket.on('error', () => undefined);
  return {
    outcome: 'ok',
    message: `${proxy.host} leads to ${journey.address.host}`,
    detail: { proxy: proxy.host },
  };
}

function refused(error: RelayError, proxy: HttpProxy, journey: Journey): Finding {
  if ((error.cause as Error | undefined)?.name === 'TimeoutError') return silent(proxy, journey);
  const { status, message } = error;
  return {
    outcome: 'failed',
    message,
    advice: proxyAdvice(status, `${journey.address.hostname}:${journey.address.port}`),
    detail: { proxy: proxy.host, status },
  };
}

function silent({ host }: HttpProxy, { limits, address }: Journey): Finding {
  return {
    outcome: 'failed',
    message: `the proxy ${host} did not answer within ${limits.timeoutMs} ms`,
    advice: `Have the proxy let CONNECT to ${address.hostname}:${address.port} pass; or it is no HTTP proxy at that port`,
    detail: { proxy: host, code: 'ETIMEDOUT' },
  };
}

/** What to do about a proxy that leads nowhere. @param status - its answer @param to - host and port of the relay */
export function proxyAdvice(status: number | undefined, to: string): string {
  if (status === 407 || status === 401) {
    return 'Give user and password in its URL, http://user:password@host:port; special characters percent-encoded';
  }
  if (status === undefined)
    return 'Check that host and port are those of an HTTP proxy (http:// or https://)';
  if (status >= 500) return `The proxy cannot reach ${to}: check by hand on its machine, or use --no-proxy`;
  return `Have whoever runs the proxy allow CONNECT to ${to}`;
}
