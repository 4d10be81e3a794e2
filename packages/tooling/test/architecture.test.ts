/**
 * Dependencies point down, along the arrows of docs/architecture.md, dev-dependencies included. What needs both ends
 * of the wire is a conformance test.
 * @module
 */
import { describe, expect, it } from 'vitest';
import { type Manifest, manifestOf, packages } from './repository.js';
import { importsOf, isBuiltin, packageNamed } from './sources.js';

const LEAVES = ['@hybridge/sas', '@hybridge/protocol'];
const TUNNEL = [...LEAVES, '@hybridge/socket'];

/** For each published package, those of ours that it may know. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  '@hybridge/sas': [],
  '@hybridge/protocol': [],
  '@hybridge/socket': ['@hybridge/protocol'],
  '@hybridge/service': [],
  '@hybridge/diagnosis': TUNNEL,
  '@hybridge/sender': [...TUNNEL, '@hybridge/diagnosis'],
  '@hybridge/listener': TUNNEL,
  '@hybridge/redirect': [...TUNNEL, '@hybridge/service', '@hybridge/diagnosis', '@hybridge/sender'],
  // The pages of the portal are bundled with it, so what they are made of is a dev-dependency.
  '@hybridge/relay': [...TUNNEL, '@hybridge/service', '@hybridge/ui'],
  '@hybridge/manager': [
    ...TUNNEL,
    '@hybridge/service',
    '@hybridge/diagnosis',
    '@hybridge/listener',
    '@hybridge/ui',
  ],
  hybridge: [
    ...TUNNEL,
    '@hybridge/service',
    '@hybridge/diagnosis',
    '@hybridge/sender',
    '@hybridge/redirect',
    '@hybridge/listener',
    '@hybridge/relay',
    '@hybridge/manager',
  ],
};

/** For each package that an application takes in, the strangers that come with it. */
const STRANGERS: Readonly<Record<string, readonly string[]>> = {
  '@hybridge/sas': ['@noble/hashes'],
  '@hybridge/protocol': [],
  '@hybridge/socket': [],
  '@hybridge/service': [],
  '@hybridge/diagnosis': [],
  '@hybridge/sender': [],
  '@hybridge/redirect': ['yaml'],
  '@hybridge/listener': ['ws'],
};

const isOurs = (name: string) => name === 'hybridge' || name.startsWith('@hybridge/');
const all = packages();
const published = all.filter(({ manifest }) => manifest.private !== true);
const cases = published.map(({ folder, manifest }) => ({ name: manifest.name, folder, manifest }));

function dependenciesOf(manifest: Manifest): string[] {
  return Object.keys({
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  });
}

it('has an arrow for every published package, and for none that is gone', () => {
  expect(published.map(({ manifest }) => manifest.name).sort()).toEqual(Object.keys(ARROWS).sort());
});

describe.each(cases)('$name', ({ name, folder, manifest }) => {
  const arrows = ARROWS[name] ?? [];
  const imports = importsOf(folder);
  const places = (chosen: typeof imports) => chosen.map(({ file, specifier }) => `${file}: ${specifier}`);

  it('depends on packages below it only', () => {
    const ours = [...dependenciesOf(manifest), ...Object.keys(manifest.devDependencies ?? {})].filter(isOurs);
    expect(ours.filter((other) => !arrows.includes(other))).toEqual([]);
  });

  it('imports packages below it only, and by their names only', () => {
    const wrong = imports.filter(({ specifier }) => {
      const other = packageNamed(specifier);
      return other !== undefined && isOurs(other) && !(specifier === other && arrows.includes(other));
    });
    expect(places(wrong)).toEqual([]);
  });

  it('declares what it imports', () => {
    const shipped = dependenciesOf(manifest);
    const shared = Object.keys(manifestOf('.').devDependencies ?? {});
    const forTests = [...shipped, ...Object.keys(manifest.devDependencies ?? {}), ...shared];
    const wrong = imports.filter(({ specifier, test }) => {
      const other = packageNamed(specifier);
      return other !== undefined && !(test ? forTests : shipped).includes(other);
    });
    expect(places(wrong)).toEqual([]);
  });

  it('names its own files with .js, and stays inside its folder', () => {
    const wrong = imports.filter(({ file, specifier }) => {
      if (!specifier.startsWith('.')) return false;
      const { pathname } = new URL(specifier, `file:///${file}`);
      return !pathname.endsWith('.js') || !pathname.startsWith(`/${folder}/`);
    });
    expect(places(wrong)).toEqual([]);
  });

  if (LEAVES.includes(name)) {
    it('is pure: ships nothing that needs Node', () => {
      expect(places(imports.filter(({ specifier, test }) => !test && isBuiltin(specifier)))).toEqual([]);
    });
  }

  if (name in STRANGERS) {
    it('brings along no strangers but those agreed', () => {
      const strangers = dependenciesOf(manifest).filter((other) => !isOurs(other));
      expect(strangers).toEqual(STRANGERS[name]);
    });
  }
});
