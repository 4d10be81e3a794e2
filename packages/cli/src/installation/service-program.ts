/**
 * What tells the programs apart that can be services: their words, and what one of them needs beside the other.
 * @module
 */

/** Which service of a program is meant. */
export interface ServicePlace {
  /** Of the service, and of its folder. */
  readonly name: string;
  /** For the user who asks, rather than for the machine. */
  readonly isUser: boolean;
}

/** A program that can be a service. */
export interface ServiceProgram {
  /** What follows `hybridge`, and what it is called. */
  readonly command: 'manager' | 'relay';
  /** The name of the service unless another one is given. */
  readonly defaultName: string;
  readonly title: string;
  /** What it is there for, in a sentence. */
  readonly purpose: string;
  /** Its configuration, in its own folder unless that stays elsewhere. */
  readonly configFile: string;
  /** What its folder holds. */
  readonly keeps: string;
  readonly unit: {
    /** What it takes descriptors for. */
    readonly descriptors: string;
    /** What it takes sockets for that are not of the network. */
    readonly sockets: string;
    /** What a reload does. */
    readonly reload: string;
    /** Directives that it alone has. */
    lines(place: ServicePlace): readonly string[];
  };
  /** How people ask it what it is doing. @param dataDir - its folder @param runtimeDir - where systemd has what `lines` ask for */
  note(place: ServicePlace, dataDir: string, runtimeDir?: string): string;
}
