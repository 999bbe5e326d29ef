import { describe, expect, it } from 'vitest';
import { DEFAULT_STORAGE_OPTIONS } from '@sluice/control';
import { ADD, useProgram } from './program.fixture.ts';

const program = useProgram();

describe('sluice status', () => {
  it('shows the daemon, the volumes, and the evidence for passthrough', async () => {
    await program.run(ADD);
    const { code, out, err } = await program.run(['status']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('sluiced 0.1.0  pid 4242, up ');
    expect(out).toMatch(/^VOLUME {3}STATE {5}PASSTHROUGH {12}POLICY {9}NODES {3}MOUNT POINT {3}SOURCE$/m);
    expect(out).toMatch(
      /^photos {3}serving {3}mainline, not proven {3}big-files v1 +12 {3}\/mnt\/photos {3}\/data\/media\/0$/m,
    );
    expect(out).toContain('(requested yes, negotiated yes, proven no)');
    expect(out).toContain('  - trial: 3 READ requests reached the daemon');
  });

  it('gives with --json what the daemon gives', async () => {
    await program.run(ADD);
    expect(await program.runJson('status')).toEqual(
      JSON.parse(JSON.stringify(await program.backend.status())),
    );
  });

  it('says how to begin when there are no volumes', async () => {
    expect((await program.run(['status'])).out).toContain('No volumes. Add one: sluice volume add NAME');
  });

  it('never lets text from the daemon steer the terminal', async () => {
    await program.backend.addVolume({
      name: 'x',
      source: '/s\u001b[2J',
      mountPoint: '/m',
      policy: '',
      timeoutSeconds: 1,
      workers: 1,
      storage: DEFAULT_STORAGE_OPTIONS,
    });
    const { out } = await program.run(['status']);
    expect(out).toContain('/s\\x1b[2J');
    expect(out).not.toContain('\u001b');
  });
});

describe('sluice status', () => {
  it('shows what is in force of the options of a volume', async () => {
    const storage = {
      ...DEFAULT_STORAGE_OPTIONS,
      locks: 'local',
      idmap: true,
      cachedDescriptors: 64,
    } as const;
    await program.backend.addVolume({
      name: 'x',
      source: '/s',
      mountPoint: '/m',
      policy: '',
      timeoutSeconds: 1,
      workers: 1,
      storage,
    });
    const words =
      'ownership preserve, locks local, acl, idmap, 64 descriptors, files reopened by file-handle';
    const { out } = await program.run(['status']);
    expect(out).toContain(words);
    expect(out).not.toContain('engine');
  });

  it('names the engine of a volume that our own does not serve', async () => {
    const storage = { ...DEFAULT_STORAGE_OPTIONS, engine: 'fuse-native' } as const;
    const spec = { name: 'x', source: '/s', mountPoint: '/m', policy: '', timeoutSeconds: 1, workers: 1 };
    await program.backend.addVolume({ ...spec, storage });
    expect((await program.run(['status'])).out).toContain('engine fuse-native, ownership preserve');
  });
});

describe('sluice status', () => {
  it('lists the trees of a volume, and why one is served', async () => {
    await program.run(ADD);
    const { out } = await program.run(['status']);
    expect(out).toContain('  tree Android/data bound\n  tree Android/obb served: a reason\n');
  });
});

describe('colour', () => {
  it('is there on a terminal and nowhere else', async () => {
    await program.run(ADD);
    expect((await program.run(['volume', 'list'], true)).out).toContain('\u001b[32mserving');
    expect((await program.run(['volume', 'list'])).out).not.toContain('\u001b');
    expect((await program.run(['volume', 'list', '--json'], true)).out).not.toContain('\u001b');
  });
});

describe('sluice status', () => {
  it('shows what people should do something about', async () => {
    await program.run(ADD);
    const known = program.backend.volumes.get('photos');
    if (known !== undefined) known.status = { ...known.status, warnings: ['policy version 5 is damaged'] };
    expect((await program.run(['status'])).out).toContain('  warning: policy version 5 is damaged\n');
  });
});
