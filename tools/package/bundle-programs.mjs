/**
 * Bundles the programs of both apps for devices: minified, and with the npm packages that they share in files of their
 * own (npm/*.cjs): once instead of twice, and not sent again when only our own code has changed.
 *
 *   node bundle-programs.mjs DIRECTORY FILE
 *
 * FILE gets the names of all files that went into the bundles, as JSON, relative to the repository's root.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [directory, list] = process.argv.slice(2).map((word) => resolve(word));

/** All CommonJS: what a program imports of them is the same whether they are inside of it or apart. */
const SHARED = /^(@grpc\/grpc-js|commander|picocolors|yaml|protobufjs\/minimal(\.js)?)$/;

/** Name of the import to the folder of a file that has it. */
const apart = new Map();
const inputs = new Set();

const fileOf = (name) => `npm/${name.replace(/\.js$/, '').replaceAll('/', '-').replace('@', '')}.cjs`;

const keepApart = {
  name: 'keep-apart',
  setup(building) {
    building.onResolve({ filter: SHARED }, ({ path, importer, resolveDir }) => {
      if (importer.includes('/node_modules/')) return undefined;
      apart.set(path, resolveDir);
      return { path: `./${fileOf(path)}`, external: true };
    });
  },
};

async function bundle(options, output) {
  const { metafile } = await build({
    ...options,
    minify: true,
    // The paths in a metafile are relative to it.
    absWorkingDir: root,
    outfile: join(directory, output),
    metafile: true,
  });
  for (const input of Object.keys(metafile.inputs)) inputs.add(input);
}

let options;
for (const app of ['sluice', 'sluiced']) {
  const home = join(root, 'apps', app);
  const described = await import(pathToFileURL(join(home, 'programs.mjs')).href);
  options = described.options;
  for (const [name, source] of Object.entries(described.programs)) {
    const entryPoints = [join(home, 'src', source)];
    await bundle({ ...options, entryPoints, plugins: [keepApart] }, `${name}.cjs`);
  }
}
for (const [name, resolveDir] of [...apart].sort()) {
  const stdin = { contents: `module.exports = require(${JSON.stringify(name)});`, resolveDir };
  await bundle({ ...options, banner: {}, define: {}, stdin }, fileOf(name));
}
writeFileSync(list, JSON.stringify([...inputs].sort()));
