import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

const SECONDS = 5;
const MIB = 1024;

/** Of all threads of a process, since they began. */
function voluntarySwitches(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => field(`/proc/${pid}/task/${task}/status`, 'voluntary_ctxt_switches'))
    .reduce((sum, count) => sum + count, 0);
}

function field(file: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(file, 'utf8'));
  if (found === null) throw new Error(`${file} has no ${name}`);
  return Number(found[1]);
}

describe('an idle volume', () => {
  let daemon: RunningDaemon;
  let processes: Record<string, number>;
  beforeAll(async () => {
    daemon = await startDaemon();
    processes = { supervisor: daemon.pid, 'volume server': daemon.volumeServerPid() };
    // As after some use, not as new-born.
    await sh('for i in $(seq 500); do echo $i > file-$i; done; cat file-* > /dev/null', {
      cwd: daemon.mount,
    });
    await daemon.json('status');
    await sleep(2000);
  });
  afterAll(async () => {
    await daemon.stop();
  });

  it('lets its processes sleep: fewer than 5 wake-ups a second in each', async () => {
    let mostPerSecond = Infinity;
    // The collector tidies up once, some seconds after the last work; whoever is never at rest fails each time.
    for (let attempt = 0; attempt < 3 && mostPerSecond >= 5; attempt++) {
      const before = Object.values(processes).map(voluntarySwitches);
      await sleep(SECONDS * 1000);
      const after = Object.values(processes).map(voluntarySwitches);
      const perSecond = after.map((count, index) => (count - (before[index] ?? NaN)) / SECONDS);
      console.log(
        `${Object.keys(processes).join(', ')}: ${perSecond.join(', ')} voluntary switches a second`,
      );
      mostPerSecond = Math.max(...perSecond);
    }
    expect(mostPerSecond).toBeLessThan(5);
  });

  it('takes less than 130 MB of memory, all processes together', () => {
    let total = 0;
    for (const [name, pid] of Object.entries(processes)) {
      const rollup = `/proc/${pid}/smaps_rollup`;
      const [rss, pss] = [field(rollup, 'Rss'), field(rollup, 'Pss')];
      console.log(`${name}: RSS ${(rss / MIB).toFixed(1)} MiB, PSS ${(pss / MIB).toFixed(1)} MiB`);
      total += pss;
    }
    expect(total * 1024).toBeLessThan(130e6);
  });
});
