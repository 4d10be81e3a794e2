/**
 * An SMTP server in this process, of the package `smtp-server`, with STARTTLS and a password.
 * @module
 */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { serverCertificate } from '../certificates.js';
import type { RestartableService } from './service.js';

/** A running server. */
export interface SmtpService extends RestartableService {
  readonly user: string;
  readonly password: string;
  readonly ca: string;
  readonly servername: string;
  /** Bytes of the messages that came. */
  readonly received: readonly number[];
}

/** A sender whose messages are never answered. */
export const KEPT_WAITING = 'wait@corp.test';

/** Starts it. */
export async function startSmtp(): Promise<SmtpService> {
  const user = 'app';
  const password = 'not-a-secret';
  const servername = 'mail.test';
  const tls = await serverCertificate([servername]);
  const received: number[] = [];

  const listen = async (wanted: number) => {
    const server = new SMTPServer({
      ...{
        key: tls.key,
        cert: tls.cert,
        name: servername,
        closeTimeout: 1,
        allowInsecureAuth: true,
        size: 10_000_000,
      },
      onAuth: ({ username, password: given }, _session, done) =>
        username === user && given === password ? done(null, { user }) : done(new Error('Wrong password')),
      onData: (stream, session, done) => take(stream, session, done),
    });
    server.on('error', () => {}); // a client that is cut
    await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', () => resolve()));
    return server;
  };
  const take = (
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: (error?: Error | null) => void,
  ) => {
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    stream.once('end', () => {
      const { mailFrom } = session.envelope;
      if (mailFrom !== false && mailFrom.address === KEPT_WAITING) return;
      received.push(bytes);
      done();
    });
  };

  let server = await listen(0);
  const { port } = server.server.address() as AddressInfo;
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return {
    ...{ host: '127.0.0.1', port, user, password, ca: tls.ca, servername, received },
    async restart() {
      await close();
      server = await listen(port);
    },
    stop: close,
  };
}
