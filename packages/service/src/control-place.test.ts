import { describe, expect, it } from 'vitest';
import { controlPlace, controlPlaces } from './control-place.js';

const of = (options: Partial<Parameters<typeof controlPlace>[0]>) => ({
  env: {},
  platform: 'linux' as const,
  uid: 1_000,
  ...options,
});

describe.skipIf(process.platform === 'win32')('the control socket of a manager', () => {
  it.each([
    [{ socket: '/a/b.sock', env: { HYBRIDGE_MANAGER_SOCKET: '/c' }, dataDir: '/d' }, '/a/b.sock', true],
    [{ env: { HYBRIDGE_MANAGER_SOCKET: '/c' }, dataDir: '/d' }, '/c', true],
    [{ dataDir: '/var/lib/m' }, '/var/lib/m/manager.sock', true],
    [{ uid: 0, env: { XDG_RUNTIME_DIR: '/run/user/0' } }, '/run/hybridge/manager.sock', false],
    [{ uid: 0, platform: 'darwin' as const }, '/var/run/hybridge/manager.sock', false],
    [{ env: { XDG_RUNTIME_DIR: '/run/user/7' } }, '/run/user/7/hybridge/manager.sock', false],
    [{ env: { HOME: '/people/jane' } }, '/people/jane/.hybridge/manager.sock', false],
    [{ socket: 'mine', platform: 'win32' as const }, '\\\\.\\pipe\\mine', true],
    [{ socket: '\\\\.\\pipe\\mine', platform: 'win32' as const }, '\\\\.\\pipe\\mine', true],
  ])('with %j is %s', (options, path, isGiven) => {
    expect(controlPlace(of(options))).toEqual({ path, isGiven });
  });

  it('is looked for at the place of the user, then at that of the system', () => {
    expect(controlPlaces(of({ env: { HOME: '/people/jane' } }))).toEqual([
      '/people/jane/.hybridge/manager.sock',
      '/run/hybridge/manager.sock',
    ]);
    expect(controlPlaces(of({ uid: 0 }))).toEqual(['/run/hybridge/manager.sock']);
    expect(controlPlaces(of({ socket: '/a' }))).toEqual(['/a']);
  });
});
