/**
 * Takes the pictures of docs/portal.md: `npm run screenshots`, which needs a build and Chromium.
 *
 * By hand only, since a picture is never quite the same twice.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync, inflateSync } from 'node:zlib';
import { Chromium } from '../browser/chromium.js';
import { findChromium } from '../browser/find-chromium.js';
import { type Look, PortalPage } from './portal-page.js';
import { shopAnswers, shopOverview } from './pretend-answers.js';
import { PretendRelay, TOKEN } from './pretend-relay.js';

const LOOKS: Readonly<Record<string, Look>> = {
  light: { width: 1_040, height: 640, scheme: 'light' },
  dark: { width: 1_040, height: 640, scheme: 'dark' },
  narrow: { width: 360, height: 740 },
};

const SIGNATURE_BYTES = 8;
/** Length, type and checksum of a chunk. */
const CHUNK_OVERHEAD_BYTES = 12;

/** What is pictured, and what is pressed before. */
const SCENES: readonly {
  readonly name: string;
  readonly hash: string;
  readonly sees: string;
  readonly click?: string;
}[] = [
  { name: 'overview', hash: '#/', sees: 'Connections' },
  { name: 'list', hash: '#/hybrid-connections', sees: 'orders-db' },
  { name: 'create', hash: '#/hybrid-connections', sees: 'orders-db', click: 'Create' },
  {
    name: 'properties',
    hash: '#/hybrid-connections/contoso/orders-db',
    sees: 'SharedAccessKeyName=defaultListener',
  },
  { name: 'keys', hash: '#/hybrid-connections/contoso/orders-db/keys', sees: 'defaultSender' },
  {
    name: 'regenerate',
    hash: '#/hybrid-connections/contoso/orders-db/keys',
    sees: 'defaultSender',
    click: 'Regenerate primary key of defaultSender',
  },
  { name: 'apps-of', hash: '#/hybrid-connections/contoso/orders-db/apps', sees: 'reports' },
  {
    name: 'connections',
    hash: '#/hybrid-connections/contoso/orders-db/connections',
    sees: 'both ends closed',
  },
  { name: 'monitor', hash: '#/hybrid-connections/contoso/orders-db/monitor', sees: 'max' },
  { name: 'scale', hash: '#/hybrid-connections/contoso/orders-db/scale', sees: 'Policies' },
  { name: 'namespaces', hash: '#/namespaces', sees: 'contoso' },
  { name: 'namespace', hash: '#/namespaces/contoso', sees: 'RootManage' },
  { name: 'plans', hash: '#/apps', sees: 'back-office' },
  { name: 'audit', hash: '#/audit', sees: 'New listener registered.' },
  { name: 'tokens', hash: '#/tokens', sees: 'grafana' },
];

/** Those that are also pictured in dark and on a phone. */
const IN_ALL_LOOKS = new Set(['sign-in', 'overview', 'list', 'properties', 'keys', 'connections']);

const [, , folder = fileURLToPath(new URL('../../../../docs/assets/portal/', import.meta.url)), only = ''] =
  process.argv;
const found = findChromium();
if (found.programs === undefined) process.exit(1);
mkdirSync(folder, { recursive: true });
const relay = await PretendRelay.start(shopAnswers());
relay.greeting = [1, 2].map((step) => ({ event: 'overview', data: shopOverview(step) }));
const chromium = await Chromium.start(found.programs.chromium, [
  '--hide-scrollbars',
  '--disable-lcd-text', // coloured edges make pictures larger
]);
try {
  for (const [look, options] of Object.entries(LOOKS)) {
    const portal = await PortalPage.open(chromium, relay.url, options);
    const save = async (name: string) => {
      await new Promise((resolve) => setTimeout(resolve, 300)); // charts are drawn a moment after their data is there
      const png = compressed(await portal.screenshot());
      writeFileSync(join(folder, `${name}-${look}.png`), png);
      console.log(
        `${name}-${look}.png ${(png.length / 1_000).toFixed(0)} kB, ${await portal.overflow()} px too wide`,
      );
    };
    const wanted = (name: string) => name.startsWith(only) && (look === 'light' || IN_ALL_LOOKS.has(name));
    await portal.sees('Sign in');
    if (wanted('sign-in')) await save('sign-in');
    await portal.signIn(TOKEN);
    for (const { name, hash, sees, click } of SCENES.filter((scene) => wanted(scene.name))) {
      await portal.goTo(hash);
      await portal.sees(sees);
      if (click !== undefined) await portal.click('button', click);
      await save(name);
      if (click !== undefined) await portal.click('button', 'Cancel');
    }
    console.log([...portal.errors, ...portal.strangers].join('\n'));
  }
} finally {
  await chromium.stop();
  relay.close();
}

/** The same picture, packed as tightly as can be: a browser is in a hurry. Source: the PNG specification, section 5. */
function compressed(png: Buffer): Buffer {
  const parts: Buffer[] = [png.subarray(0, SIGNATURE_BYTES)];
  const packed: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const whole = png.subarray(at, at + length + CHUNK_OVERHEAD_BYTES);
    const type = whole.toString('latin1', 4, 8);
    if (type === 'IDAT') packed.push(whole.subarray(8, 8 + length));
    if (type === 'IEND')
      parts.push(chunk('IDAT', deflateSync(inflateSync(Buffer.concat(packed)), { level: 9, memLevel: 9 })));
    if (type === 'IHDR' || type === 'IEND') parts.push(whole);
    at += whole.length;
  }
  return Buffer.concat(parts);
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}

/** Source: the PNG specification, annex D. */
function crc32(bytes: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}
