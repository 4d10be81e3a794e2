/**
 * The keys that a relay has for whoever may listen, and what its refusals are to those who operate a manager.
 * @module
 */
import {
  AdminError,
  type HybridConnection,
  type Keys,
  keysOf,
  type ManagementClient,
  RestError,
  rulesOf,
} from '@hybridge/service';

/**
 * The keys of a policy of the hybrid connection's own that may listen: the one with the fewest rights. Secrets.
 * @param preferred - name of the policy that is taken rather, where it may listen
 * @throws RestError 409 where there is none, 502
 */
export async function listenKeysOf(
  client: ManagementClient,
  { id, name }: HybridConnection,
  preferred?: string,
): Promise<Keys> {
  const rules = await asked(rulesOf(client, id));
  const listening = rules.filter(({ rights }) => rights.includes('Listen'));
  const [fewest] = listening.sort((one, other) => one.rights.length - other.rights.length);
  const rule = listening.find((each) => each.name === preferred) ?? fewest;
  if (rule === undefined) {
    throw new RestError(
      409,
      'Conflict',
      `${name} has no policy with the right to listen: hybridge rule create defaultListener --connection ${name} --rights Listen makes one.`,
    );
  }
  return asked(keysOf(client, id, rule.name));
}

/** What the relay answers, or why it does not, in words that hold no token. @throws RestError 502 */
export async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    const denied = error.code === 'ERR_ADMIN_DENIED';
    throw new RestError(502, denied ? 'RelayDenied' : 'RelayFailed', sentence(error.message), {
      ...(denied && { target: 'token' }),
    });
  }
}

function sentence(text: string): string {
  const begun = `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
