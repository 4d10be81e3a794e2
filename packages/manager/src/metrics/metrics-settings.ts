/**
 * A port for Prometheus, as it stands in the configuration.
 * @module
 */
import { z } from 'zod';

/** The `metrics` of the settings. */
export interface MetricsSettings {
  /** The port. */
  readonly port: number;
  /** An address of this machine alone: who comes there is asked for no token. @defaultValue 127.0.0.1 */
  readonly host?: string | undefined;
}

/** The same, checked. */
export interface MetricsOptions {
  readonly port: number;
  readonly host: string;
}

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Other hosts would show everybody what goes on here. */
export const metricsSettings = z.strictObject({
  port: z.int().min(0).max(65_535),
  host: z
    .string()
    .regex(LOOPBACK, 'must be an address of this machine alone, such as 127.0.0.1')
    .default('127.0.0.1'),
}) satisfies z.ZodType<unknown, MetricsSettings>;
