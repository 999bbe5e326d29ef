import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// `npm run test:device`: makes what goes to a device and runs the device suite with it.

const root = fileURLToPath(new URL('../..', import.meta.url));
for (const words of [
  ['tools/setup/prepare.mjs'],
  ['tools/package/run.mjs', 'main', 'arm64'],
  ['tools/package/run.mjs', 'module-main'],
]) {
  try {
    execFileSync(process.execPath, words, { cwd: root, stdio: 'inherit' });
  } catch (error) {
    process.exit(error.status ?? 1);
  }
}
process.env.SLUICE_LAB_ENTRY = 'device-suite.ts';
await import('./run.mjs');
