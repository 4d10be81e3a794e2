/**
 * `nodemailer`, with a pool. What it moves is what it sends.
 * @module
 */
import { forNodemailer } from '@hybridge/sender';
import nodemailer from 'nodemailer';
import { KEPT_WAITING, type SmtpService } from '../services/smtp.js';
import type { ClientDriver } from './client.js';

/** The driver. */
export const nodemailerDriver: ClientDriver<SmtpService> = {
  name: 'nodemailer',
  server: 'smtp-server',
  lost: [{ code: 'ECONNECTION' }, { code: 'ESOCKET' }, { code: 'ECONNRESET' }, { responseCode: 421 }],
  refused: { code: 'ECONNREFUSED' },
  async open(tunnel, { user, password, ca, servername, received }, way = 'plain') {
    const transport = nodemailer.createTransport({
      ...forNodemailer(tunnel),
      ...{ pool: true, maxConnections: 10, host: servername, auth: { user, pass: password } },
      // Without: it is content with the clear, as on a tunnel it may be.
      ...(way === 'starttls' ? { requireTLS: true, tls: { ca } } : { ignoreTLS: true }),
    });
    const send = (from: string, text: string) =>
      transport.sendMail({ from, to: 'jane@corp.test', subject: 'hello', text });
    return {
      ask: () => send('app@corp.test', 'hello'),
      wait: () => send(KEPT_WAITING, 'hello'),
      async move(bytes) {
        const text = 'x'
          .repeat(99)
          .concat('\n')
          .repeat(bytes / 100);
        await send('app@corp.test', text);
        return received.at(-1)! >= bytes ? bytes : 0;
      },
      end: () => transport.close(),
    };
  },
};
