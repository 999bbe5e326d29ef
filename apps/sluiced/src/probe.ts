/**
 * The program behind `sluice doctor` and `sluice probe`: looks at this device, runs the daemon's own trial of passthrough on
 * a lower directory, prints one JSON document (libs/session/src/proof/probe-report.ts), and ends. Mounts in a namespace of
 * its own alone, so that nothing is left behind however it ends. Needs no daemon, and no privilege to say what is missing.
 *
 *     probe --scratch DIR [--source DIR] [--hide-path] [--fuse-bpf]
 */
import { parseArgs } from 'node:util';
import { probeDevice } from './probe/probe-device.ts';
import { textOf } from './error-text.ts';

const THREAD_MODULE = new URL('./volume-thread.cjs', import.meta.url);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scratch: { type: 'string' },
      source: { type: 'string' },
      'hide-path': { type: 'boolean', default: false },
      'fuse-bpf': { type: 'boolean', default: false },
    },
  });
  const { scratch, source, 'hide-path': hidePath, 'fuse-bpf': triesFuseBpf } = values;
  if (scratch === undefined) throw new Error('probe: --scratch is missing: an empty directory for the trial');
  const report = await probeDevice({
    ...{ scratch, source, hidePath, triesFuseBpf },
    threadModule: THREAD_MODULE,
  });
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
}

main().catch((error: unknown) => {
  process.stderr.write(`${textOf(error)}\n`, () => process.exit(1));
});
