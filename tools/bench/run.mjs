import { pathToFileURL } from 'node:url';
import { bundle } from '../setup/bundle.mjs';

// Bundles the benchmark and its child process and runs it: node tools/bench/run.mjs [OPTIONS]

bundle(import.meta.url, 'fuse-native-server.ts', 'fuse-native-server.mjs');
await import(pathToFileURL(bundle(import.meta.url, 'main.ts', 'bench.mjs')).href);
