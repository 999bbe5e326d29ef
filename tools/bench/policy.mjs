import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

// Bundles the benchmark of the policy compiler and runs it: node tools/bench/policy.mjs [--rounds N]

bundle('policy-child.ts', 'policy-child.mjs');
await import(pathToFileURL(bundle('policy-main.ts', 'policy-bench.mjs')).href);
