import { pathToFileURL } from 'node:url';
import { bundle } from '../setup/bundle.mjs';

// Bundles the benchmark of policy changes under load and runs it: node tools/bench/applying.mjs [--rounds N] [--nodes N]

await import(pathToFileURL(bundle(import.meta.url, 'applying-main.ts', 'applying-bench.mjs')).href);
