/**
 * A connection string on its way to the running manager, which may be another user, in another folder.
 * @module
 */
import type { Connection } from '@hybridge/manager';
import { readSecretFile, secretFile } from '@hybridge/service';
import { Option } from 'commander';
import { oneLine } from '../log.js';
import type { Surroundings } from '../surroundings.js';
import { ControlError } from './control-client.js';

/** `--connection-string`, of those verbs that give the manager one. */
export function connectionStringOption(): Option {
  return new Option(
    '--connection-string <text>',
    "connection string with the Listen right, or file:path or env:NAME (in the manager's environment) of it; the configuration keeps the reference, or the content of a file that the manager cannot read",
  );
}

/** As the manager is to have it: a path is meant from here, and the manager stands somewhere else. */
export function givenReference(text: string, { stderr }: Surroundings): string {
  const given = text.trim();
  if (given.startsWith('file:')) return `file:${secretFile(given)}`;
  if (!given.startsWith('env:') && /SharedAccess(?:Key|Signature)\s*=/i.test(given)) {
    stderr.write(
      'hybridge: warning: a key on the command line is visible in the list of processes: give --connection-string file:path\n',
    );
  }
  return given;
}

/**
 * Hands it over. A service runs as a user of its own, which has neither the variables nor the files of whoever asks: a file that it
 * cannot read is read here, and the manager keeps what it holds.
 * @param given - of {@link givenReference}
 * @param ask - has the manager take it
 * @throws ControlError, SecretError when it cannot be read here either
 */
export async function handedOver(
  given: string,
  ask: (connectionString: string) => Promise<Connection>,
  { stderr }: Surroundings,
): Promise<Connection> {
  try {
    return await ask(given);
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (given.startsWith('env:') && error.message.includes('is not set')) {
      throw new ControlError(error.code, `${error.message} in the manager's own environment: give file:path`);
    }
    if (!(given.startsWith('file:') && error.message.includes('cannot read the file'))) throw error;
    const file = secretFile(given);
    const connection = await ask(readSecretFile(file));
    stderr.write(
      `hybridge: the manager's user cannot read ${oneLine(file)}: what it holds is in the manager's own configuration now\n`,
    );
    return connection;
  }
}
