/**
 * `ldapts`: one connection, which it opens again for the next question.
 * @module
 */
import { forLdapts } from '@hybridge/sender';
import { Client } from 'ldapts';
import type { SlapdService } from '../services/slapd.js';
import type { ClientDriver } from './client.js';

/** The driver. */
export const ldaptsDriver: ClientDriver<SlapdService> = {
  name: 'ldapts',
  server: 'OpenLDAP',
  lost: [{ message: 'Connection closed before message response was received' }, { message: 'Socket error' }],
  refused: { code: 'ECONNREFUSED' },
  async open(tunnel, service, way = 'plain') {
    const { base, user, password, ca, servername } = service;
    const client = new Client({
      ...forLdapts(tunnel),
      ...(way === 'tls' ? { tlsOptions: { ca: [ca] } } : {}),
      url: `${way === 'tls' ? 'ldaps' : 'ldap'}://${servername}`,
      timeout: 60_000,
    });
    if (way === 'starttls') await client.startTLS({ ca: [ca], servername });
    await client.bind(user, password);
    const search = (filter: string, attributes: string[]) =>
      client.search(base, { scope: 'sub', filter, attributes });
    return {
      ask: () => search('(cn=person1)', ['sn']),
      async wait() {
        await service.freeze();
        try {
          return await search('(cn=person1)', ['sn']);
        } finally {
          service.thaw();
        }
      },
      async move() {
        const { searchEntries } = await search('(objectClass=person)', ['description']);
        return searchEntries.reduce((sum, { description }) => sum + String(description).length, 0);
      },
      end: () => client.unbind(),
    };
  },
};
