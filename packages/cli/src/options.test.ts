import { describe, expect, it } from 'vitest';
import { formatAddress, isLoopback, localAddress, milliseconds, port } from './options.js';

describe('a local address', () => {
  it.each([
    ['127.0.0.1:1433', { host: '127.0.0.1', port: 1433 }, '127.0.0.1:1433'],
    ['1433', { host: '127.0.0.1', port: 1433 }, '127.0.0.1:1433'],
    [':0', { host: '127.0.0.1', port: 0 }, '127.0.0.1:0'],
    ['localhost:80', { host: 'localhost', port: 80 }, 'localhost:80'],
    ['[::1]:1433', { host: '::1', port: 1433 }, '[::1]:1433'],
  ])('may be %s', (text, address, formatted) => {
    expect(localAddress(text)).toEqual(address);
    expect(formatAddress(address)).toBe(formatted);
  });

  it.each(['', 'localhost', '127.0.0.1:', '127.0.0.1:65536', '[localhost]:1', '::1:1433', 'a:b:1'])(
    'may not be %j',
    (text) => expect(() => localAddress(text)).toThrow(/^It is/),
  );

  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['LOCALHOST', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['127.example', false],
  ])('%s is on this machine only: %s', (host, expected) => {
    expect(isLoopback({ host, port: 1 })).toBe(expected);
  });
});

describe('a number on the command line', () => {
  it.each(['', '-1', '1.5', 'x', '1e3', '99999999999'])('of milliseconds may not be %j', (text) => {
    expect(() => milliseconds(text)).toThrow('It is not a time in milliseconds.');
  });

  it.each(['', '-1', '65536', 'http'])('of a port may not be %j', (text) => {
    expect(() => port(text)).toThrow('It is not a port.');
  });

  it('is read', () => {
    expect(milliseconds('8000')).toBe(8_000);
    expect(port('0')).toBe(0);
  });
});
