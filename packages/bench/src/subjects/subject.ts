/**
 * What is compared: ways from a local port to the target, each through three hops that are processes of their own.
 *
 * A subject is one such way that can be started; a file in this folder for each, and `index.ts` lists them.
 * @module
 */

/** Where a way is to lead. */
export interface Route {
  /** The target's port on 127.0.0.1. */
  readonly targetPort: number;
  /**
   * Puts something between two hops: given the port that a hop would dial, answers the port to dial instead. The legs
   * from the application and to the target are never asked for.
   */
  readonly innerLeg?: ((port: number) => Promise<number>) | undefined;
}

/** Process ids of one hop; more than one when a program forks. */
export type Hop = readonly number[];

/** A way to the target, up and running. */
export interface Way {
  /** The local port where it begins. */
  readonly port: number;
  /** First, middle and last hop. */
  readonly hops: readonly [Hop, Hop, Hop];
  stop(): Promise<void>;
}

/** What a subject stands on: its version, or what to install when it is not here. */
export type Presence = { readonly version: string } | { readonly absent: string };

/** A way that can be started. */
export interface Subject<W extends Way = Way> {
  /** Its name on the command line and in JSON. */
  readonly id: string;
  /** Its name in tables. */
  readonly name: string;
  /** What it is set up like, for the page. */
  readonly about: string;
  /** Whether the legs to the middle hop are encrypted. */
  readonly encrypted: boolean;
  /** Whether it is Hybridge; then it fails the run when it fails. */
  readonly ours: boolean;
  /** Whether another hop can be put into its inner legs. */
  readonly stretches: boolean;
  /** The suites that it takes part in, by name. Absent: all. */
  readonly suites?: readonly string[];
  /** Looks whether it can be started here. */
  find(): Promise<Presence>;
  start(route: Route): Promise<W>;
}
