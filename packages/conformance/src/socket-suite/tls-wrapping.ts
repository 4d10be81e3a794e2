/**
 * Socket suite: TLS on top, made by Node from any stream.
 * @module
 */
import { randomBytes } from 'node:crypto';
import tls from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ServerCertificate, serverCertificate } from '../certificates.js';
import { event, outcome, readAll, type Sockets } from './sockets.js';

/** Defines the tests. */
export function tlsWrappingTests(sockets: Sockets): void {
  describe('tls.connect({ socket })', () => {
    let certificate: ServerCertificate;
    beforeAll(async () => {
      certificate = await serverCertificate(['target.test']);
    });

    const secure = async (ca = certificate.ca) => {
      const { near, far } = sockets.dial();
      const client = tls.connect({ socket: near, ca, servername: 'target.test' });
      client.on('error', () => undefined);
      const server = new tls.TLSSocket(await far, {
        isServer: true,
        key: certificate.key,
        cert: certificate.cert,
      });
      server.on('error', () => undefined);
      return { near, client, server };
    };

    it('verifies the far end and carries megabytes both ways, from a socket that is still connecting', async () => {
      const { client, server } = await secure();
      await event(client, 'secureConnect');
      expect(client.authorized).toBe(true);
      const sent = randomBytes(2_000_000);
      server.pipe(server);
      const received = readAll(client);
      client.end(sent);
      expect((await received).equals(sent)).toBe(true);
    });

    it('closes the socket underneath when both sides have ended', async () => {
      const { near, client, server } = await secure();
      await event(client, 'secureConnect');
      const ending = outcome(near);
      client.resume();
      server.resume();
      server.once('end', () => server.end());
      client.end('bye');
      expect((await ending).error).toBeUndefined();
    });

    it('fails, and destroys the socket, when the certificate is not trusted', async () => {
      const { ca } = await serverCertificate(['elsewhere.test']);
      const { near, client } = await secure(ca);
      const closed = outcome(near);
      expect((await outcome(client)).error).toMatchObject({
        code: expect.stringMatching(/CERT|SIGNATURE|SELF_SIGNED|LEAF/),
      });
      await closed;
      expect(near.destroyed).toBe(true);
    });

    it('closes when the socket underneath is destroyed', async () => {
      const { near, client } = await secure();
      await event(client, 'secureConnect');
      const ending = outcome(client);
      near.destroy();
      await ending;
      expect(client.destroyed).toBe(true);
    });

    it('fails with ECONNREFUSED when the connection is refused', async () => {
      const client = tls.connect({ socket: sockets.refused(), servername: 'target.test' });
      expect(await outcome(client)).toMatchObject({ error: { code: 'ECONNREFUSED' } });
    });
  });
}
