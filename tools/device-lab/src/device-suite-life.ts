/** The device suite: what a user does from the first deployment on, and what the daemon costs meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '@sluice/live';
import { expect, SLUICE } from './device-suite-runner.ts';
import type { Tally, User } from './device-suite-runner.ts';

const MOUNT = '/mnt/sluice/media';
const IDLE_SECONDS = 20;
const FILE_MIB = 64;

export interface Builds {
  first: string;
  second: string;
  /** Its daemon ends at once. */
  broken: string;
}

/**
 * Processes of the deployed version: pid, utime and stime in ticks, Rss and Pss in KiB, context switches of all threads. The
 * pattern is written such that it is none of itself: the shell that looks has it in its own command line.
 */
const PROCESSES = `
for process in /proc/[0-9]*; do
  (tr '\\000' ' ' < $process/cmdline) 2> /dev/null | grep -q '/data/adb/sluice/.*[.]cjs' || continue
  set -- $(sed 's/.*) //' $process/stat)
  memory=$(sed -n 's/^Rss: *\\([0-9]*\\).*/\\1/p; s/^Pss: *\\([0-9]*\\).*/\\1/p' $process/smaps_rollup | tr '\\n' ' ')
  switches=$(cat $process/task/*/status | sed -n 's/^[a-z]*_ctxt_switches:[^0-9]*//p' | awk '{ sum += $1 } END { print sum }')
  echo "\${process#/proc/} \${12} \${13} $memory $switches"
done`;

interface Process {
  pid: number;
  cpuSeconds: number;
  rssMb: number;
  pssMb: number;
  switches: number;
}

async function processes(user: User): Promise<Process[]> {
  const text = await user.root(PROCESSES);
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [pid = 0, ticks = 0, system = 0, rss = 0, pss = 0, switches = 0] = line
        .trim()
        .split(/\s+/)
        .map(Number);
      return {
        pid,
        cpuSeconds: (ticks + system) / 100,
        rssMb: (rss * 1024) / 1e6,
        pssMb: (pss * 1024) / 1e6,
        switches,
      };
    });
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** Seconds of processor time that the start of one program of the bundle takes, on the device and on this host. */
async function startTimes(user: User): Promise<[number, number]> {
  const seconds = (text: string): number =>
    sum([...text.matchAll(/^(?:user|sys)\s+([\d.]+)/gm)].map(([, value]) => Number(value)));
  const there = await user.root('time -p sh /data/adb/sluice/current/bin/sluice --version 2>&1');
  const here = await run('bash', ['-c', 'time -p "$0" "$1" --version', process.execPath, SLUICE]);
  const times: [number, number] = [seconds(there), seconds(here.stderr)];
  expect(
    times.every((time) => time > 0),
    `no times: ${there}${here.stderr}`,
  );
  return times;
}

export async function everydayLife(tally: Tally, user: User, builds: Builds): Promise<void> {
  const context = ['--context', `adb:${user.device.serial}`];
  let firstId = '';
  let secondId = '';

  await tally.check('doctor says what the device is, and that Sluice can run there', async () => {
    const { facts, problems, installed } = await user.json('device', 'doctor');
    expect(problems.length === 0, JSON.stringify(problems));
    expect(
      facts.root === 'adbd' && facts.cpu === 'arm64' && facts.data.fileSystem === 'ext4',
      JSON.stringify(facts),
    );
    expect(installed.current === null, JSON.stringify(installed));
  });

  await tally.check('deploy sends all, starts it, and passthrough is proven', async () => {
    const report = await user.json('device', 'deploy', '--bundle', builds.first);
    firstId = report.id;
    const [volume] = report.volumes;
    expect(report.changed === true && report.staged.keptFiles === 0, JSON.stringify(report.staged));
    expect(volume.state === 'serving' && volume.mountPoint === MOUNT, JSON.stringify(volume));
    expect(volume.passthrough.proven === true, JSON.stringify(volume.passthrough));
    const used = sum((await processes(user)).map(({ cpuSeconds }) => cpuSeconds));
    const up = (await user.json('device', 'doctor')).facts.uptimeSeconds as number;
    tally.figures.push(`the device had been up for ${up.toFixed(0)} s then`);
    const [there, here] = await startTimes(user);
    tally.figures.push(`processor time until ready, all processes, emulated: ${used.toFixed(2)} s`);
    tally.figures.push(
      `processor time of sluice --version: ${there.toFixed(2)} s emulated, ${here.toFixed(2)} s on this host`,
    );
    tally.figure('processor time until ready, emulation taken out by that', (used * here) / there, 3, 's');
  });

  await tally.check('the same deployment again sends nothing and leaves the daemon alone', async () => {
    const before = (await user.json(...context, 'status')).pid;
    const report = await user.json('device', 'deploy', '--bundle', builds.first);
    expect(report.changed === false && report.staged.sentFiles === 0, JSON.stringify(report.staged));
    expect((await user.json(...context, 'status')).pid === before, 'it was started again');
  });

  await tally.check('status and explain go through the connection', async () => {
    const { version, daemon } = await user.json('device', 'status');
    expect(version === firstId && daemon.volumes.length === 1, JSON.stringify(daemon));
    const { action } = await user.json(...context, 'explain', 'DCIM/a.mp4', '--size', '64MiB');
    expect(typeof action === 'string' && action !== '', 'no action');
  });

  await tally.check('a policy that is applied is watched, and survives a restart', async () => {
    const watched = user.sluice(...context, 'policy', 'watch', '--events', '1', '--json');
    await sleep(3000);
    await user.json(...context, 'policy', 'apply', 'all');
    const event = JSON.parse((await watched).stdout) as { kind: string; name: string };
    expect(event.kind === 'applied' && event.name === 'all', JSON.stringify(event));
    await user.json('device', 'stop');
    await user.json('device', 'start');
    expect((await user.json(...context, 'policy', 'get')).name === 'all', 'another policy is in force');
  });

  await tally.check(`${FILE_MIB} MiB are written and read with no READ or WRITE at the daemon`, async () => {
    const requests = async (): Promise<number> => {
      const { volumes } = await user.json(...context, 'stats');
      return (volumes[0].requests.READ ?? 0) + (volumes[0].requests.WRITE ?? 0);
    };
    const before = await requests();
    const sums = await user.root(`
      head -c ${FILE_MIB * 1024 * 1024} /dev/urandom > /data/local/tmp/random
      mkdir -p ${MOUNT}/DCIM && cat /data/local/tmp/random > ${MOUNT}/DCIM/large.bin
      echo 3 > /proc/sys/vm/drop_caches
      sha256sum < /data/local/tmp/random; sha256sum < ${MOUNT}/DCIM/large.bin; sha256sum < /data/media/0/DCIM/large.bin
      rm /data/local/tmp/random`);
    expect(new Set(sums.trim().split('\n')).size === 1, sums);
    expect((await requests()) - before === 0, `${(await requests()) - before} requests`);
  });

  await tally.check('idle, it costs little', async () => {
    let after: Process[] = [];
    let worst = Infinity;
    // The collector tidies up some seconds after the last work; whoever is never at rest fails each time.
    for (let attempt = 0; attempt < 3 && worst >= 1; attempt++) {
      const before = await processes(user);
      await sleep(IDLE_SECONDS * 1000);
      after = await processes(user);
      const switchesOf = (pid: number): number => before.find((each) => each.pid === pid)?.switches ?? 0;
      worst = Math.max(...after.map(({ pid, switches }) => (switches - switchesOf(pid)) / IDLE_SECONDS));
    }
    const rss = sum(after.map(({ rssMb }) => rssMb));
    tally.figures.push(
      `idle resident memory, each process by itself: ${rss.toFixed(1)} MB in ${after.length} processes`,
    );
    tally.figure(
      'idle memory of all processes, shared pages counted once',
      sum(after.map(({ pssMb }) => pssMb)),
      130,
      'MB',
    );
    tally.figure('context switches of the busiest idle process', worst, 1, '/s');
  });

  await tally.check('an upgrade sends the changed application alone', async () => {
    const report = await user.json('device', 'deploy', '--bundle', builds.second);
    secondId = report.id;
    expect(report.before === firstId && secondId !== firstId, JSON.stringify(report));
    tally.figure('sent for a changed application', report.staged.sentBytes / 1e6, 2, 'MB');
    expect((await user.json(...context, 'policy', 'get')).name === 'all', 'the policy was lost');
  });

  await tally.check('a version that does not start is undone', async () => {
    const { code, message } = await user.refused('device', 'deploy', '--bundle', builds.broken);
    expect(
      code === 'not-healthy' && message.includes('as before') && message.includes('broken on purpose'),
      message,
    );
    const { version, daemon } = await user.json('device', 'status');
    expect(version === secondId && daemon.volumes[0].state === 'serving', `${version}`);
  });

  await tally.check('rollback goes back, and again', async () => {
    expect((await user.json('device', 'rollback')).version === firstId, 'not the first');
    expect((await user.json('device', 'rollback')).version === secondId, 'not the second');
  });

  await tally.check('apps see the volume where it was asked for, and no longer after that', async () => {
    // The first two by themselves, as Android's own FUSE mounts are; the last in the peer group of /data.
    await user.root(`
      for view in user/0 runtime/full; do
        mount -o bind /data/media /mnt/$view/emulated
        mount --make-private /mnt/$view/emulated; mount --make-shared /mnt/$view/emulated
      done
      mount -o bind /data/media /mnt/pass_through/0/emulated`);
    const { exposed } = await user.json('device', 'expose', 'Sluice');
    expect(exposed.length === 2, JSON.stringify(exposed));
    const inTheSource = await user.root('grep /data/media/0/Sluice /proc/mounts; true');
    expect(inTheSource === '', `the volume is mounted into its own source: ${inTheSource}`);
    const seen = await user.root('unshare -m --propagation slave ls /mnt/user/0/emulated/0/Sluice');
    expect(seen.includes('Android'), seen);
    await user.json('device', 'expose', '--undo');
    const left = await user.root(
      'grep emulated.*fuse.sluice /proc/mounts; ls -d /data/media/0/Sluice 2> /dev/null; true',
    );
    expect(left === '', left);
    await user.root('for view in user/0 pass_through/0 runtime/full; do umount /mnt/$view/emulated; done');
  });

  await tally.check('bench compares native, passthrough and plain, and leaves nothing', async () => {
    const { workloads } = await user.json('device', 'bench', '--rounds', '1', '--mib', '8');
    expect(
      workloads.length === 4 && workloads[0].arms.plain.timeBy.native.median > 0,
      JSON.stringify(workloads),
    );
    const left = await user.root('ls /data/local/tmp /mnt/sluice');
    expect(!left.includes('bench'), left);
  });

  await tally.check('collect brings what a bug report needs', async () => {
    const file = `${user.device.adbEnvironment['HOME'] ?? '/tmp'}/report.tar.gz`;
    const { files } = await user.json('device', 'collect', '--hash-paths', '-o', file);
    for (const name of ['facts.json', 'status.json', 'log/sluiced.log', 'config.yaml'])
      expect(files.includes(name), `${name} is not among ${files.join(', ')}`);
  });
}

/** What there is before the first deployment and after the last removal. */
export async function traces(user: User): Promise<string> {
  return user.root(`
    find /data/adb /data/local /mnt /data/media/0 | grep -v DCIM | sort
    grep fuse /proc/mounts
    for process in /proc/[0-9]*; do (tr '\\000' ' ' < $process/cmdline) 2> /dev/null | grep /data/adb/sluice/; done
    true`);
}
