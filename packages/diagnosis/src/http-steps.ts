/**
 * Whether what answers is a relay, and what time it is there.
 *
 * Source: docs/protocol.md, sections 2.7 (how long tokens are good for) and 6.3 (`GET /`).
 * @module
 */
import { isRelayError } from '@hybridge/protocol';
import { errorWords } from '@hybridge/socket';
import { type Answer, ask } from './ask.js';
import { compareClock } from './clock.js';
import { isOutOfTime } from './deadline.js';
import type { Journey } from './journey.js';
import { codeOf } from './network.js';
import { METADATA, pathOf } from './runtime-information.js';
import { type Finding, printable } from './step.js';

/** Asks for the root, which a relay answers with a feed; what does not is asked as only a relay can be. */
export async function askRoot(journey: Journey): Promise<Finding> {
  try {
    let answer = await ask(journey, { path: '/' });
    journey.relayDate = { header: answer.headers.date, at: answer.at };
    if (!isRelays(answer))
      answer = await ask(journey, { path: `${pathOf(journey)}${METADATA.query}`, headers: METADATA.headers });
    return isRelays(answer) ? aRelay(answer, journey) : somebodyElse(answer, journey);
  } catch (error) {
    if (!(error instanceof Error) || journey.settings.signal?.aborted) throw error;
    return noAnswer(error, journey);
  }
}

/** A relay answers with Atom, or says its tracking id. */
function isRelays({ headers, reason, body }: Answer): boolean {
  const type = headers['content-type'] ?? '';
  return (
    /^application\/(?:atom\+)?xml/i.test(type) || /TrackingId:/i.test(reason) || /TrackingId:/i.test(body)
  );
}

function aRelay({ status, headers, reason, body }: Answer, { address }: Journey): Finding {
  const detail = { status, server: serverIn(headers) };
  if (/Ip has been prevented/i.test(`${reason} ${body}`)) {
    return {
      outcome: 'failed',
      message: `the relay at ${address.host} does not take connections from this machine's IP address`,
      advice: "Add the address under which this network goes out to the relay's IP rules",
      detail,
    };
  }
  return { outcome: 'ok', message: `a relay answers at ${address.host}`, detail };
}

function somebodyElse({ status, reason, headers }: Answer, { address, proxy }: Journey): Finding {
  const { location } = headers;
  const server = serverIn(headers);
  const said = printable(`${status} ${reason}`).slice(0, 100);
  const detail = { status, server, location };
  if (status === 502 || status === 503 || status === 504) {
    return {
      outcome: 'failed',
      message: `what stands before the relay at ${address.host} answers ${said}: it does not reach the relay`,
      advice: 'Start the relay, or correct where the load balancer or reverse proxy leads',
      detail,
    };
  }
  const to = location === undefined ? '' : `, and leads to ${printable(location).slice(0, 200)}`;
  return {
    outcome: 'failed',
    message: `${address.host} is no relay: it answers ${said}${server === undefined ? '' : ` (${server})`}${to}`,
    advice:
      location === undefined
        ? 'Check host and port of Endpoint: a web server, or the page of a proxy, answers there'
        : `Check host and port of Endpoint${proxy === undefined ? ', and whether this network wants a sign-in first' : ''}`,
    detail,
  };
}

/** What a server calls itself. */
function serverIn(headers: Answer['headers']): string | undefined {
  return headers.server === undefined ? undefined : printable(String(headers.server)).slice(0, 100);
}

function noAnswer(error: Error, { address, limits }: Journey): Finding {
  const { host, secure } = address;
  const code = isOutOfTime(error) ? 'ETIMEDOUT' : codeOf(error);
  const isFirewall =
    'Something takes connections there and does not answer: the relay hangs, or a firewall swallows what follows';
  if (code === 'ETIMEDOUT') {
    const message = `${host} takes connections and did not answer within ${limits.timeoutMs} ms`;
    return { outcome: 'failed', message, advice: isFirewall, detail: { code } };
  }
  if (isRelayError(error)) return { outcome: 'failed', message: error.message, detail: { code } };
  const advice = secure
    ? 'Check host and port of Endpoint: what listens there is no relay'
    : 'Check host and port of Endpoint; a relay with TLS is sb:// or wss://';
  return {
    outcome: 'failed',
    message: `${host} gives no HTTP answer: ${errorWords(error)} (${code})`,
    advice,
    detail: { code },
  };
}

/** Compares the clocks. */
export function compareClocks(journey: Journey): Finding {
  const { header, at = 0 } = journey.relayDate ?? {};
  const found = compareClock(header, at);
  if (found === undefined) return { outcome: 'skipped', message: 'the relay does not say what time it is' };
  const { behindMs, relayTime, ...words } = found;
  journey.behindMs = behindMs;
  const detail = { relayTime: relayTime.toISOString(), ownTime: new Date(at).toISOString(), behindMs };
  return { ...words, detail, ...(words.outcome === 'failed' && { goesOn: true }) };
}
