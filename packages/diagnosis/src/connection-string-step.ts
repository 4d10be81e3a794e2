/**
 * The first step: what was given can be read, and fits its purpose.
 *
 * Source: docs/protocol.md, section 5.5.
 * @module
 */
import { isRelayError, relayAddress } from '@hybridge/protocol';
import {
  parseConnectionString,
  parseToken,
  resolveAccess,
  SasError,
  sharedAccessKeyProvider,
} from '@hybridge/sas';
import { transportOptions } from '@hybridge/socket';
import type { Journey } from './journey.js';
import type { Finding } from './step.js';

/** Reads the connection string, or its parts. */
export function readConnectionString(journey: Journey): Finding {
  const { settings } = journey;
  let isAboutTheNetwork = false;
  try {
    const access = resolveAccess(settings);
    journey.address = relayAddress(access.endpoint, access.entityPath);
    journey.resource = access.resource;
    journey.tokenProvider = access.tokenProvider;
    isAboutTheNetwork = true;
    journey.transport = transportOptions(settings);
  } catch (error) {
    if (!(error instanceof SasError || isRelayError(error))) throw error;
    return {
      outcome: 'failed',
      message: error.message,
      advice: isAboutTheNetwork
        ? 'Correct that option of the network: proxy, tls, ca, systemCa'
        : 'Copy the connection string again, whole, from the relay: Endpoint=sb://…;SharedAccessKeyName=…;' +
          'SharedAccessKey=…;EntityPath=…',
      detail: { code: error.code },
    };
  }
  const { policy, credential, expiresAt } = credentialOf(journey);
  journey.policy = policy;
  const { host, path, secure } = journey.address;
  const by = policy === undefined ? credential : `policy ${policy}`;
  const detail = { relay: host, secure, hybridConnection: path, policy, credential, expiresAt };
  const doubt = doubtAbout(policy, credential, settings.right);
  return {
    outcome: doubt === undefined ? 'ok' : 'warning',
    message: `hybrid connection ${path} on ${host}, ${by}${doubt === undefined ? '' : `: ${doubt.message}`}`,
    advice: doubt?.advice,
    detail,
  };
}

interface Credential {
  readonly policy: string | undefined;
  readonly credential: 'key' | 'token' | 'token provider' | 'no key';
  /** Of a ready-made token. */
  readonly expiresAt?: string;
}

/** What the credential is, without it; and a key is used by the clock that was given. */
function credentialOf(journey: Journey): Credential {
  const { connectionString, keyName, key, token, tokenProvider, now } = journey.settings;
  const parsed = connectionString === undefined ? undefined : parseConnectionString(connectionString);
  const policy = parsed?.sharedAccessKeyName ?? keyName;
  const secret = parsed?.sharedAccessKey ?? key;
  if (policy !== undefined && secret !== undefined) {
    journey.tokenProvider = sharedAccessKeyProvider({ keyName: policy, key: secret, now });
    return { policy, credential: 'key' };
  }
  const readyMade = parsed?.sharedAccessSignature ?? token;
  if (readyMade !== undefined) {
    const { keyNameDecoded, expiresAt } = parseToken(readyMade);
    return { policy: keyNameDecoded, credential: 'token', expiresAt: expiresAt.toISOString() };
  }
  return { policy: undefined, credential: tokenProvider === undefined ? 'no key' : 'token provider' };
}

/** Names are only names; but those that portals give say what the policy is for. */
function doubtAbout(
  policy: string | undefined,
  credential: Credential['credential'],
  right: 'listen' | 'send',
) {
  if (credential === 'no key' && right === 'listen') {
    return {
      message: 'it has no key, and a listener always needs one',
      advice: 'Use the connection string of the policy defaultListener, with its key',
    };
  }
  const other = right === 'listen' ? /send/i : /listen/i;
  const own = right === 'listen' ? /listen/i : /send/i;
  if (policy === undefined || !other.test(policy) || own.test(policy)) return undefined;
  const [is, needs] = right === 'listen' ? ['sends', 'defaultListener'] : ['listens', 'defaultSender'];
  return {
    message: `a policy of that name ${is}, as a rule`,
    advice: `This side usually has the connection string of ${needs}`,
  };
}
