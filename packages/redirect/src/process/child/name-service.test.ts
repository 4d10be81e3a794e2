import { describe, expect, it } from 'vitest';
import { filesFirst, privateHosts } from './name-service.js';

describe('a private hosts file', () => {
  it('has our names first, and nobody else’s lines for them', () => {
    const machines = '127.0.0.1 localhost\n10.0.0.5 db.corp.example db\n';
    expect(privateHosts(machines, [{ address: '127.77.1.2', name: 'db.corp.example' }])).toBe(
      '127.77.1.2 db.corp.example\n127.0.0.1 localhost\n10.0.0.5 db\n',
    );
  });
});

describe('the name service switch', () => {
  it.each([
    ['hosts: files dns', undefined],
    ['hosts:\tmymachines files dns', undefined],
    ['passwd: files', undefined],
    ['hosts: dns', 'hosts: files dns'],
    [
      'hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns # as Arch has it',
      'hosts: files mymachines resolve [!UNAVAIL=return]  myhostname dns',
    ],
    ['hosts: dns files [NOTFOUND=return] nis', 'hosts: files dns  nis'],
  ])('asks the file first: %j', (line, changed) => {
    const text = (hosts: string) => `# one\n${hosts}\nnetworks: files\n`;
    expect(filesFirst(text(line))).toBe(changed === undefined ? undefined : text(changed));
  });
});
