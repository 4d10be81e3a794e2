/**
 * Takes the pictures of docs/portal.md and docs/guides/manager-ui.md: `npm run screenshots`, which needs a build and Chromium.
 *
 * By hand only, since a picture is never quite the same twice. Arguments: `portal` or `manager-ui`, and the beginning of a
 * scene's name; all of them unless given.
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Chromium } from '../browser/chromium.js';
import { findChromium } from '../browser/find-chromium.js';
import { type Album, managerAlbum, relayAlbum } from './albums.js';
import { type Look, PortalPage } from './portal-page.js';
import { compressed } from './small-png.js';

const LOOKS: Readonly<Record<string, Look>> = {
  light: { width: 1_040, height: 640, scheme: 'light' },
  dark: { width: 1_040, height: 640, scheme: 'dark' },
  narrow: { width: 360, height: 740 },
};

const [, , which = '', only = ''] = process.argv;
const found = findChromium();
if (found.programs === undefined) process.exit(1);
const chromium = await Chromium.start(found.programs.chromium, [
  '--hide-scrollbars',
  '--disable-lcd-text', // coloured edges make pictures larger
]);
try {
  for (const album of [relayAlbum, managerAlbum]) if (album.name.startsWith(which)) await fill(album);
} finally {
  await chromium.stop();
}

async function fill(album: Album): Promise<void> {
  const folder = fileURLToPath(new URL(`../../../../docs/assets/${album.name}/`, import.meta.url));
  mkdirSync(folder, { recursive: true });
  const server = await album.start();
  try {
    for (const [look, options] of Object.entries(LOOKS)) {
      const page = await PortalPage.open(chromium, album.address(server), options);
      for (const scene of album.scenes) {
        const { name, hash, sees, before, click, inAllLooks = false, isEntrance = false } = scene;
        const isWanted = name.startsWith(only) && (look === 'light' || inAllLooks);
        if (isWanted || isEntrance) await before?.(page, server);
        if (!isWanted) continue;
        if (hash !== undefined) await page.goTo(hash);
        await page.sees(sees);
        if (click !== undefined) await page.click('button', click);
        await new Promise((resolve) => setTimeout(resolve, 300)); // charts are drawn a moment after their data is there
        const png = compressed(await page.screenshot());
        writeFileSync(join(folder, `${name}-${look}.png`), png);
        const kilobytes = (png.length / 1_000).toFixed(0);
        console.log(`${name}-${look}.png ${kilobytes} kB, ${await page.overflow()} px too wide`);
        if (click !== undefined) await page.click('button', 'Cancel');
      }
      console.log([...page.errors, ...page.strangers].join('\n'));
      await page.close();
    }
  } finally {
    server.close();
  }
}
