/** A policy in a file of its own, for a daemon to be started with or told to apply. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PolicyFile {
  path: string;
  remove(): void;
}

export function writePolicy(text: string): PolicyFile {
  const directory = mkdtempSync('/var/tmp/sluice-policy-');
  const path = join(directory, 'policy.yaml');
  writeFileSync(path, text);
  return {
    path,
    remove: () => {
      rmSync(directory, { recursive: true });
    },
  };
}
