/**
 * `npm run package:module [-- --update-url URL]`: makes dist/sluice-VERSION-module.zip for Magisk and KernelSU, and
 * dist/sluiced.rc for userdebug builds. With a URL, module.prop names it for updates, and dist/update.json is what has to
 * be there. Exit code 1: it could not be made; 2: wrong use, or a program is missing.
 */
import { cpSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTime, cacheDirectory, ownVersion, withStagedBundle } from './bundle.ts';
import { inMb } from './limits.ts';
import { makeModule, moduleName, moduleProperties, updateDescription } from './module.ts';
import { missingForPackaging } from './programs.ts';
import { ROOT } from './root.ts';

const FILES = join(ROOT, 'tools/package/files');
const OUTPUT = join(ROOT, 'dist');

const progress = (what: string): void => {
  console.error(`preparing: ${what}`);
};

/** Throws an Error for words that are not understood. */
function updateUrlOf(words: readonly string[]): string | undefined {
  const { values } = parseArgs({ args: [...words], options: { 'update-url': { type: 'string' } } });
  const url = values['update-url'];
  // Before anything long is done.
  moduleProperties(ownVersion(), url);
  return url;
}

async function main(updateUrl: string | undefined): Promise<void> {
  mkdirSync(cacheDirectory(), { recursive: true });
  const version = ownVersion();
  const output = join(OUTPUT, moduleName(version));
  await withStagedBundle('arm64', progress, async ({ directory, manifest, id }) => {
    progress('the module');
    const time = await buildTime();
    const scripts = join(FILES, 'module');
    await makeModule({ bundle: directory, manifest, id, scripts, updateUrl, time }, output);
  });
  cpSync(join(FILES, 'sluiced.rc'), join(OUTPUT, 'sluiced.rc'));
  if (updateUrl !== undefined) {
    const description = JSON.stringify(updateDescription(version, updateUrl), undefined, 2);
    writeFileSync(join(OUTPUT, 'update.json'), `${description}\n`);
  }
  console.log(`${relative(process.cwd(), output)}\n  ${inMb(statSync(output).size)}`);
}

/** Undefined once it was told what is wrong with the words, or missing. */
function checked(words: readonly string[]): { updateUrl: string | undefined } | undefined {
  try {
    const updateUrl = updateUrlOf(words);
    const missing = missingForPackaging(['arm64'], { zip: 'zip' });
    if (missing !== undefined) throw new Error(missing);
    return { updateUrl };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

const use = checked(process.argv.slice(2));
if (use === undefined) process.exitCode = 2;
else {
  await main(use.updateUrl).catch((error: unknown) => {
    console.error(`Packaging failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
}
