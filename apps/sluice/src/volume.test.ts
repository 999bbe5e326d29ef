import { describe, expect, it } from 'vitest';
import { DEFAULT_STORAGE_OPTIONS } from '@sluice/control';
import { ADD, useProgram } from './program.fixture.ts';

const program = useProgram();

describe('sluice volume', () => {
  it('adds with paths made absolute, defaults for the rest, and says what came of it', async () => {
    const { code, out } = await program.run(['volume', 'add', '--source', 'lower', '--mount', './upper']);
    expect(code).toBe(0);
    expect(out).toContain(
      `upper: ${program.directory}/lower is serving at ${program.directory}/upper (policy big-files;`,
    );
    expect(program.backend.calls.at(-1)?.arguments).toEqual([
      {
        name: '',
        source: `${program.directory}/lower`,
        mountPoint: `${program.directory}/upper`,
        policy: '',
        timeoutSeconds: 1,
        workers: 0,
        storage: DEFAULT_STORAGE_OPTIONS,
      },
    ]);
  });

  it('adds with every option', async () => {
    const options = ['--policy', 'fine.yaml', '--timeout', '0.25', '--workers', '16'];
    expect(await program.runJson(...ADD, ...options)).toMatchObject({
      name: 'photos',
      state: 'serving',
      workers: 16,
    });
    expect(program.backend.calls.at(-1)?.arguments).toMatchObject([
      { policy: 'rules: []\n', timeoutSeconds: 0.25, workers: 16 },
    ]);
    await program.run(['volume', 'add', 'b', '--source', '/s', '--mount', '/m', '--policy', 'none']);
    expect(program.backend.calls.at(-1)?.arguments).toMatchObject([{ policy: 'none' }]);
  });

  it('lists', async () => {
    expect((await program.run(['volume', 'list'])).out).toBe('No volumes.\n');
    expect(await program.runJson('volume', 'list')).toEqual([]);
    await program.run(ADD);
    expect((await program.run(['volume', 'list'])).out).toContain('photos   serving   mainline, not proven');
    expect(await program.runJson('volume', 'list')).toEqual(await program.backend.listVolumes());
  });

  it('removes, by force only when told', async () => {
    await program.run(ADD);
    expect(await program.run(['volume', 'remove', 'photos'])).toEqual({
      code: 1,
      out: '',
      err: 'sluice: files on /mnt/photos are open\n',
    });
    expect((await program.run(['volume', 'remove', 'photos', '--force'])).out).toBe('photos: removed\n');
    await program.run(ADD);
    expect(await program.runJson('volume', 'remove', 'photos', '--force')).toEqual({ removed: 'photos' });
    expect(program.backend.volumes.size).toBe(0);
  });
});
