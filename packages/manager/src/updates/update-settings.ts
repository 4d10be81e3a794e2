/**
 * Whether a newer version is looked for, and where, as it stands in the configuration.
 * @module
 */
import { z } from 'zod';

/** Where versions are looked up unless the configuration says otherwise: the tags of the package `hybridge`. */
const UPDATE_URL = 'https://registry.npmjs.org/-/package/hybridge/dist-tags';

/** The `updates` of the settings. */
export interface UpdateSettings {
  /**
   * `false` for not at all; or an address, `https:` or `http:`, that answers with JSON in which `latest` or `version` is the version.
   * @defaultValue true, at the registry of npm
   */
  readonly check?: boolean | string | undefined;
  /** Hours between two looks, from 24 on. @defaultValue 24 */
  readonly everyHours?: number | undefined;
}

/** The same, checked. */
export interface UpdateOptions {
  /** `undefined`: it is not looked for. */
  readonly url: string | undefined;
  readonly everyHours: number;
}

/** Once a day at most: nobody is to notice at the far end when a machine restarts. */
export const updateSettings = z.strictObject({
  check: z
    .union([z.boolean(), z.url({ protocol: /^https?$/, error: 'must be true, false or an http(s) address' })])
    .default(true),
  everyHours: z.number().min(24).max(8_760).default(24),
}) satisfies z.ZodType<unknown, UpdateSettings>;

/** What holds, from settings that were checked. */
export function updateOptions({ check, everyHours }: z.output<typeof updateSettings>): UpdateOptions {
  return { url: check === true ? UPDATE_URL : check || undefined, everyHours };
}
