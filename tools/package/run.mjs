import { pathToFileURL } from 'node:url';
import { bundle } from '../setup/bundle.mjs';

// Bundles a program of src and runs it: node tools/package/run.mjs PROGRAM [WORD ...]

const [source, ...words] = process.argv.slice(2);
const program = bundle(import.meta.url, `${source}.ts`, `${source}.mjs`);
process.argv = [process.argv[0], program, ...words];
await import(pathToFileURL(program).href);
