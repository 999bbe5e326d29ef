/** The directory of one machine's disks, socket and console: it goes with the machine, or with whoever comes next. */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'sluice-lab-';

export interface MachineHome {
  path: string;
  remove(): void;
}

/** Its name says whose it is: those of processes that were killed are removed first. */
export function makeHome(parent: string = tmpdir()): MachineHome {
  for (const name of readdirSync(parent)) {
    const owner = new RegExp(`^${PREFIX}([0-9]+)-`).exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
  const path = mkdtempSync(join(parent, `${PREFIX}${process.pid}-`));
  const remove = (): void => {
    process.off('exit', remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.on('exit', remove);
  return { path, remove };
}
