import { describe, expect, it } from 'vitest';
import { hostKey } from './host-name.js';

describe('a host', () => {
  it.each([
    ['sql01.corp.example', 'sql01.corp.example'],
    ['SQL01.Corp.Example', 'sql01.corp.example'],
    ['sql01.corp.example.', 'sql01.corp.example'],
    ['SQL01', 'sql01'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['10.0.0.7', '10.0.0.7'],
    ['FD00:0:0::0007', 'fd00::7'],
    ['[fd00::7]', 'fd00::7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['::ffff:a00:7', '10.0.0.7'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
    ['', ''],
  ])('written as %j is %j', (written, key) => {
    expect(hostKey(written)).toBe(key);
  });

  it.each(['10.0.0.07', '010.0.0.7', '10.7'])('that is no IP address to Node stays a name: %j', (written) => {
    expect(hostKey(written)).toBe(written);
  });
});
