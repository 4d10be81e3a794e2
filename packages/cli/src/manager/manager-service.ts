/**
 * The manager as a service: what tells it from others.
 * @module
 */
import type { ServicePlace, ServiceProgram } from '../installation/service-program.js';

const DEFAULT_NAME = 'hybridge-manager';

/** For `hybridge manager install`. */
export const MANAGER_SERVICE: ServiceProgram = {
  command: 'manager',
  defaultName: DEFAULT_NAME,
  title: 'Hybridge hybrid connection manager',
  purpose: 'Leads hybrid connections to TCP services of this network.',
  configFile: 'manager.yaml',
  keeps: 'manager.yaml, its audit log',
  unit: {
    descriptors: 'Two for each tunnel.',
    sockets: 'Unix sockets: the control socket, syslog',
    reload: 'Configuration and policy are read again; they are when they change, too.',
    lines: (place) => [
      '# Where hybridge manager list, add, test and the like find it.',
      `Environment=HYBRIDGE_MANAGER_SOCKET=${socketOf(place, '%t')}`,
      `RuntimeDirectory=${runtimeName(place)}`,
      ...(place.isUser ? ['RuntimeDirectoryMode=0700'] : []),
    ],
  },
  note: (place, dataDir, runtimeDir) => {
    if (runtimeDir === undefined) {
      return `what it holds: hybridge manager list --data-dir ${JSON.stringify(dataDir)}`;
    }
    const isUsual = place.name === DEFAULT_NAME;
    return `what it holds: hybridge manager list${isUsual ? '' : ` --socket ${socketOf(place, runtimeDir)}`}`;
  },
};

/** Of each unit its own: systemd takes it away when the unit stops. The first one has the place where commands look. */
function runtimeName({ name }: ServicePlace): string {
  return name === DEFAULT_NAME ? 'hybridge' : name;
}

function socketOf(place: ServicePlace, runtimeDir: string): string {
  return `${runtimeDir}/${runtimeName(place)}/manager.sock`;
}
