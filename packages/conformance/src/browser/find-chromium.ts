/**
 * Looks for a Chromium on this machine. Without one its tests are skipped, as they are without a database server.
 * @module
 */
import { findPrograms } from '../services/programs.js';
import { type Found, missing } from '../services/service.js';

/** Names that distributions give it. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

/** Looks for it. @throws Error when it is missing and `HYBRIDGE_REQUIRE_SERVICES=1`. */
export function findChromium(): Found<'chromium'> {
  for (const name of NAMES) {
    const programs = findPrograms([name]);
    if (programs !== undefined) return { programs: { chromium: programs[name] } };
  }
  return missing('Chromium', 'chromium');
}
