import { pathToFileURL } from 'node:url';
import { bundle } from '../setup/bundle.mjs';

// Bundles the benchmark of the policy compiler and runs it: node tools/bench/policy.mjs [--rounds N]

bundle(import.meta.url, 'policy-child.ts', 'policy-child.mjs');
await import(pathToFileURL(bundle(import.meta.url, 'policy-main.ts', 'policy-bench.mjs')).href);
