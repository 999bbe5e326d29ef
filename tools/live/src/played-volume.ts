/**
 * A real volume on a real mount whose kernel answers what a test wants: the built volume server, started by the test in the
 * supervisor's place. The test holds the device, and may change in session memory what registrations meet while it runs.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PRESETS, loadPolicy } from '@sluice/policy';
import { HEADER, SessionMemory, detach, mountSession, openDevice, playAnswers } from '@sluice/session';
import type { PlayedAnswers, TrialReport } from '@sluice/session';
import {
  DEFAULT_FEATURES,
  DEFAULT_STORAGE_GEOMETRY,
  readVolumeStatistics,
  sessionGeometry,
  writePolicyImage,
} from '@sluice/storage';
import type { VolumeStatistics } from '@sluice/storage';
import { O, sys } from '@sluice/sys';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const SERVER = join(ROOT, 'apps/sluiced/dist/volume-server.cjs');
const GEOMETRY = { ...DEFAULT_STORAGE_GEOMETRY, nodes: 1 << 16, nameBytes: 4 << 20 };
const WORKERS = 2;
const PATIENCE_MS = 20_000;

export interface PlayedVolume {
  source: string;
  mount: string;
  proof: TrialReport;
  /** What INIT settled on the mount. */
  settled(): { minor: number; flags: number; flags2: number };
  statistics(): VolumeStatistics;
  /** From now on. */
  play(answers: PlayedAnswers): void;
  /** Descriptors of the volume server. */
  serverPid: number;
  stop(): Promise<void>;
}

/** `played`: from the trial on. */
export async function startPlayedVolume(
  played: PlayedAnswers,
  preset: keyof typeof PRESETS,
): Promise<PlayedVolume> {
  const directory = mkdtempSync('/var/tmp/sluice-played-');
  const [source, mount, scratch] = ['lower', 'mount', 'scratch'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [source, mount, scratch]) mkdirSync(path);
  const session = sessionGeometry(WORKERS, GEOMETRY);
  const memoryFd = sys.memfdCreate('sluice-played', SessionMemory.bytesFor(session));
  const memory = SessionMemory.attach(memoryFd, session, true);
  const { image } = loadPolicy(PRESETS[preset]);
  if (image === undefined) throw new Error(`the preset ${preset} does not compile`);
  writePolicyImage(memory, image);
  memory.store(HEADER.policyEpoch, 1);
  const device = openDevice();
  const root = sys.openPath(source, O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
  const child = spawn(process.execPath, [SERVER], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', device, memoryFd, root],
  });
  const exited = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  let mounted = false;
  const stop = async (): Promise<void> => {
    // Detaching ends the connection: the server's workers leave their loops, and apps that still wait are freed.
    if (mounted) detach(mount);
    else child.kill('SIGKILL');
    sys.close(device);
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    await exited;
    clearTimeout(late);
    for (const fd of [memoryFd, root]) sys.close(fd);
    sys.arenaRelease(memory.base);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const prepared = answer(child);
    child.send({
      type: 'start',
      options: {
        name: 'played',
        source,
        mountPoint: mount,
        scratchDirectory: scratch,
        workers: WORKERS,
        geometry: GEOMETRY,
        timeoutSeconds: 1,
        features: DEFAULT_FEATURES,
        played,
      },
    });
    const { proof } = await prepared;
    mountSession(device, { name: 'played', mountPoint: mount, allowOther: true, defaultPermissions: true });
    mounted = true;
    child.send({ type: 'serve' });
    await until(() => memory.load(HEADER.initDone) === 1);
    return {
      source,
      mount,
      proof,
      serverPid: child.pid ?? 0,
      settled: () => ({
        minor: memory.getU32(HEADER.initMinor),
        flags: memory.getU32(HEADER.initFlags),
        flags2: memory.getU32(HEADER.initFlags2),
      }),
      statistics: () => readVolumeStatistics(memory, GEOMETRY),
      play: (answers) => {
        playAnswers(memory, answers);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function answer(child: ChildProcess): Promise<{ proof: TrialReport }> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the volume server did not answer')), PATIENCE_MS);
    child.once('message', (message: { type: string; reason?: string; proof: TrialReport }) => {
      clearTimeout(late);
      if (message.type === 'prepared') resolve(message);
      else reject(new Error(message.reason ?? message.type));
    });
    child.once('exit', () => reject(new Error('the volume server ended')));
  });
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the volume server did not answer the kernel');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
