import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from './bundle.fixture.ts';
import { makeModule, moduleProperties, updateDescription, versionCode } from './module.ts';
import { ROOT } from './root.ts';

const SCRIPTS = join(ROOT, 'tools/package/files/module');
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice-module-test-'));
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

async function make(name: string): Promise<string> {
  const { manifest, id } = makeBundle(join(home, name));
  const output = join(home, `${name}.zip`);
  const parts = { bundle: join(home, name), manifest, id, scripts: SCRIPTS, updateUrl: undefined };
  await makeModule({ ...parts, time: 1_800_000_000 }, output);
  return output;
}

describe('the module', () => {
  it('is the same bytes each time it is made', async () => {
    const [one, two] = [readFileSync(await make('one')), readFileSync(await make('two'))];
    expect(one.equals(two)).toBe(true);
  });

  it('has what root managers look for, at its top, and the bundle beneath payload', async () => {
    const names = execFileSync('unzip', ['-Z1', await make('one')], { encoding: 'utf8' })
      .trim()
      .split('\n');
    expect(names).toEqual([...names].sort());
    expect(names).toEqual(
      expect.arrayContaining([
        ...['META-INF/com/google/android/update-binary', 'META-INF/com/google/android/updater-script'],
        ...['module.prop', 'customize.sh', 'service.sh', 'boot-completed.sh', 'uninstall.sh'],
        ...[
          'sepolicy.rule',
          'skip_mount',
          'payload/manifest.json',
          'payload/bin/sluiced',
          'payload/runtime/node',
        ],
      ]),
    );
    expect(names.filter((name) => name.startsWith('system/'))).toEqual([]);
  });

  it('has lines that end as Android reads them', async () => {
    const zip = await make('one');
    for (const name of ['module.prop', 'service.sh', 'customize.sh', 'sepolicy.rule']) {
      const text = execFileSync('unzip', ['-p', zip, name], { encoding: 'utf8' });
      expect(text).not.toContain('\r');
      expect(text.endsWith('\n')).toBe(true);
    }
  });

  it.each([
    ['0.1.0', 1000],
    ['1.2.3', 1_002_003],
    ['12.0.1-beta.2', 12_000_001],
  ])(
    'of version %s has the integer %i for a version, so that root managers see which is newer',
    (version, code) => {
      expect(versionCode(version)).toBe(code);
      expect(moduleProperties(version, undefined)).toMatch(
        new RegExp(`^version=v${version}\nversionCode=${code}$`, 'm'),
      );
    },
  );

  it.each(['1.2', 'v1.2.3', '1.2.3000', ''])('of version "%s" cannot be made', (version) => {
    expect(() => versionCode(version)).toThrow(/is not of the form 1\.2\.3/);
  });

  it('names where updates are only if that is told, and then a place that can be one', () => {
    expect(moduleProperties('1.2.3', undefined)).not.toContain('updateJson');
    expect(moduleProperties('1.2.3', 'https://sluice.example/m')).toContain(
      'updateJson=https://sluice.example/m/update.json\n',
    );
    expect(updateDescription('1.2.3', 'https://sluice.example/m')).toEqual({
      version: 'v1.2.3',
      versionCode: 1_002_003,
      zipUrl: 'https://sluice.example/m/sluice-1.2.3-module.zip',
      changelog: 'https://sluice.example/m/CHANGELOG.md',
    });
    for (const wrong of ['http://a/b', 'https://a/b/', 'https://a/b\nid=x', 'there']) {
      expect(() => moduleProperties('1.2.3', wrong)).toThrow(/cannot be where updates are/);
    }
  });
});
