import { pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';

// Bundles the benchmark and its child process and runs it: node tools/bench/run.mjs [OPTIONS]

bundle('fuse-native-server.ts', 'fuse-native-server.mjs');
await import(pathToFileURL(bundle('main.ts', 'bench.mjs')).href);
