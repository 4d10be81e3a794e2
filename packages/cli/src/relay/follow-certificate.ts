/**
 * Has a relay show the certificate that its file holds now: certificates are renewed more often than relays are restarted.
 *
 * Certificate and key are two files, written one after the other. What does not belong together is told, and what was shown before
 * goes on; the second file brings another look.
 * @module
 */
import { type CertificateFacts, checkCertificate, type RelayConfig, type TlsOptions } from '@hybridge/relay';
import { FileWatch } from '@hybridge/service';
import type { Log } from '../log.js';
import type { Surroundings } from '../surroundings.js';
import { type RelayDescription, relayConfig } from './relay-options.js';

/** How long before its end a certificate is warned of. Those of ACME are renewed a month before theirs. */
const WARN_MS = 14 * 86_400_000;
/** How often that is looked at. */
const LOOK_MS = 86_400_000;

/** What is followed, and who is told. */
export interface FollowOptions {
  /** What the relay was started with. */
  readonly description: RelayDescription;
  readonly log: Log;
  readonly surroundings: Surroundings;
  /** Has the relay show another one. */
  readonly show: (tls: TlsOptions) => void;
}

/** Reads the configuration as {@link relayConfig} does. @returns it, and the files that hold certificate and key */
export function configWithTlsFiles(description: RelayDescription): {
  readonly config: RelayConfig;
  readonly files: readonly string[];
} {
  const files: string[] = [];
  const config = relayConfig(description, (file, place) => {
    if (/: listen\.tls\./.test(place)) files.push(file);
  });
  return { config, files };
}

/** Follows the certificate of a relay that runs, also at SIGHUP. @returns what ends that */
export function followCertificate(
  { config, files }: ReturnType<typeof configWithTlsFiles>,
  { description, log, surroundings, show }: FollowOptions,
): () => void {
  let shown = config.listen?.tls;
  const watch = new FileWatch(files, { onChange: look });
  const daily = setInterval(() => warnOfEnd(shown, log), LOOK_MS).unref();
  // Only who has files to read again is told to: a relay without any ends with its terminal.
  const unhang = description.config === undefined ? undefined : surroundings.onHangUp?.(onHangUp);
  warnOfEnd(shown, log);
  return () => {
    watch.close();
    clearInterval(daily);
    unhang?.();
  };

  function onHangUp(): void {
    if (shown === undefined)
      log.info('SIGHUP: there is no certificate to read again; all else takes a restart');
    else look();
  }

  function look(): void {
    try {
      const next = configWithTlsFiles(description);
      watch.watch(next.files);
      const { tls } = next.config.listen ?? {};
      if (shown === undefined || tls === undefined)
        throw new Error('TLS is begun or ended by a restart only');
      const isSame = String(tls.cert) === String(shown.cert) && String(tls.key) === String(shown.key);
      if (!isSame) show(tls);
      shown = tls;
      const { names, expiresAt } = checkCertificate(tls, 'listen.tls');
      log.info(isSame ? 'The certificate is the same as before' : 'The relay shows another certificate', {
        names,
        expiresAt,
      });
      warnOfEnd(tls, log);
    } catch (error) {
      log.error(
        `the certificate was read again and cannot be used, so the one before goes on: ${(error as Error).message}`,
      );
    }
  }
}

function warnOfEnd(tls: TlsOptions | undefined, log: Log): void {
  if (tls === undefined) return;
  const { names, expiresAt }: CertificateFacts = checkCertificate(tls, 'listen.tls');
  const leftMs = expiresAt.getTime() - Date.now();
  if (leftMs > WARN_MS) return;
  const end = leftMs < 0 ? 'has expired: nobody who checks it connects' : 'expires soon';
  log.warn(`the certificate ${end}`, { names, expiresAt });
}
