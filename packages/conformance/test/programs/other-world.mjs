/**
 * A world for one process: its clock is off, and names lead where a test says. To be loaded before anything else: `--import`.
 *
 * `HYBRIDGE_CLOCK_OFF_MS` says what the clock is ahead, or with a minus behind.
 */
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

const offMs = Number(process.env.HYBRIDGE_CLOCK_OFF_MS ?? 0);
const TrueDate = Date;
if (offMs !== 0) {
  globalThis.Date = class OffDate extends TrueDate {
    constructor(...given) {
      if (given.length === 0) super(TrueDate.now() + offMs);
      else super(...given);
    }
    static now() {
      return TrueDate.now() + offMs;
    }
  };
}

/** Addresses by name; `null` for a name that is gone. All others are the system's. */
export const names = new Map();

const systemLookup = dns.lookup;
dns.lookup = (name, options, answer) => {
  if (!names.has(name)) return systemLookup(name, options, answer);
  const address = names.get(name);
  const { all } = options;
  setImmediate(() => {
    if (address === null) {
      const error = new Error(`getaddrinfo ENOTFOUND ${name}`);
      answer(Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: name }));
    } else if (all) answer(null, [{ address, family: 4 }]);
    else answer(null, address, 4);
  });
};
syncBuiltinESMExports();
