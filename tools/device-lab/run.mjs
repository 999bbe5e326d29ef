import { pathToFileURL } from 'node:url';
import { bundle } from '../setup/bundle.mjs';

// Bundles the device lab and the program that it runs inside machines, and runs the lab.

bundle(import.meta.url, 'guest-checks.ts', 'guest-checks.mjs');
await import(
  pathToFileURL(bundle(import.meta.url, process.env.SLUICE_LAB_ENTRY ?? 'main.ts', 'device-lab.mjs')).href
);
