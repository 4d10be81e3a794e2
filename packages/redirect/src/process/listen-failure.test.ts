import { describe, expect, it } from 'vitest';
import { listenFailure } from './listen-failure.js';

const failed = (code: string, port: number) =>
  listenFailure(Object.assign(new Error(code), { code }), { host: '127.77.1.2', port }, 'sql01.corp.example');

describe('a port that cannot be opened', () => {
  it('is named, with what it is for and the word of Node', () => {
    expect(failed('EMFILE', 1433)).toMatchObject({
      code: 'EMFILE',
      message: 'cannot listen on 127.77.1.2:1433 for sql01.corp.example (EMFILE)',
    });
  });

  it.each([
    ['EADDRINUSE', 1433, /another program has that port/],
    [
      'EADDRNOTAVAIL',
      1433,
      process.platform === 'darwin' ? /ifconfig lo0 alias/ : /no address of this machine/,
    ],
    ['EACCES', 443, process.platform === 'linux' ? /CAP_NET_BIND_SERVICE/ : /administrator/],
  ])('comes with what to do about %s', (code, port, advice) => {
    expect(failed(code, port).message).toMatch(advice);
  });
});
