import { describe, expect, it } from 'vitest';
import { listenFailure } from './listen-failure.js';

const CONFIG = { listen: { host: '10.0.0.1', port: 443 }, admin: { host: '127.0.0.1', port: 8081 } };

describe('why a relay could not listen', () => {
  it.each([
    [
      'listen EADDRINUSE: address already in use 10.0.0.1:443',
      'listen.port: another program listens on 10.0.0.1:443',
    ],
    ['listen EADDRINUSE: address already in use :::443', 'listen.port: another program listens on :::443'],
    [
      'listen EADDRINUSE: address already in use 127.0.0.1:8081',
      'admin.port: another program listens on 127.0.0.1:8081',
    ],
    ['listen EACCES: permission denied 10.0.0.1:443', 'listen.port: this user may not listen on 443'],
    [
      'listen EADDRNOTAVAIL: address not available 10.0.0.1',
      'listen.host: 10.0.0.1 is no address of this machine',
    ],
    ['getaddrinfo ENOTFOUND nowhere.invalid', 'listen.host: the name nowhere.invalid is not known'],
    ['getaddrinfo ENOTFOUND 127.0.0.1', 'admin.host: the name 127.0.0.1 is not known'],
  ])('is told by setting and way out: %s', (message, said) => {
    const [code] = /\bE[A-Z]+/.exec(message)!;
    const told = listenFailure(Object.assign(new Error(message), { code }), CONFIG) as NodeJS.ErrnoException;
    expect(told.message).toContain(said);
    expect(told.message).toMatch(new RegExp(`\\(${code}\\)$`));
    expect(told.code).toBe(code);
  });

  it('leaves other failures as they are', () => {
    const other = new Error('listen EMFILE: too many open files 10.0.0.1:443');
    expect(listenFailure(other, CONFIG)).toBe(other);
    const elsewhere = new Error('The disk is full');
    expect(listenFailure(elsewhere, CONFIG)).toBe(elsewhere);
  });
});
