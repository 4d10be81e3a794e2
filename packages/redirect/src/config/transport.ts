/**
 * How relays are reached, as it stands in a configuration: the same names as in a manager's and on the command line.
 * @module
 */
import { resolve } from 'node:path';
import { readSmallFile } from '@hybridge/service';
import { type TransportOptions, transportOptions } from '@hybridge/socket';
import { at, RedirectConfigError } from './config-error.js';
import type { Members } from './members.js';
import type { Secrets } from './secrets.js';

/** Reads and checks it. @throws RedirectConfigError with the name of the setting and without a password */
export function transportIn(members: Members, secrets: Secrets): TransportOptions {
  const proxy = proxyIn(members, secrets);
  const ca = members.text('ca');
  const tls = ca === undefined ? undefined : { ca: at('ca', () => certificates(ca, secrets)) };
  const systemCa = members.flag('systemCa');
  const keepAliveIntervalMs = members.number('keepAliveIntervalMs', 1, 2 ** 31 - 1);
  at('proxy', () => transportOptions({ proxy }));
  at('systemCa', () => transportOptions({ systemCa, tls }));
  return transportOptions({ proxy, tls, systemCa, keepAliveIntervalMs });
}

function proxyIn(members: Members, secrets: Secrets): string | false | undefined {
  const given = members.any('proxy');
  if (given === false) return false;
  const text = members.text('proxy');
  return text === undefined ? undefined : secrets.resolve(text, 'proxy');
}

function certificates(path: string, { sources, files }: Secrets): string {
  const file = resolve(sources.directory ?? process.cwd(), path);
  let text: string;
  try {
    text = readSmallFile(file);
  } catch (cause) {
    throw new RedirectConfigError(`cannot read ${file} (${(cause as NodeJS.ErrnoException).code})`, {
      cause,
    });
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----')) {
    throw new RedirectConfigError(`${file} holds no certificate (PEM)`);
  }
  files.push(file);
  return text;
}
