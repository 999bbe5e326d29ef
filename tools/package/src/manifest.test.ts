import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from './bundle.fixture.ts';
import { listFiles, manifestText, runtimeId, versionId } from './manifest.ts';

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice-manifest-'));
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

describe('the manifest', () => {
  it('has every file but itself, sorted, with size, mode and digest', () => {
    const { manifest } = makeBundle(home);
    const paths = manifest.files.map(({ path }) => path);
    expect(paths).toEqual([...paths].sort());
    expect(paths).not.toContain('manifest.json');
    expect(manifest.files.find(({ path }) => path === 'runtime/libc.so.6')).toEqual({
      path: 'runtime/libc.so.6',
      size: 4,
      mode: '644',
      // sha256sum of the four bytes "libc"
      sha256: '16c8c6eb85e05438f5d6c60ff9869072a3a3b1618aa1481ac7a0cb049f06f51d',
    });
  });

  it('names the version by its own digest, so that equal content has equal names', () => {
    const { manifest, id } = makeBundle(home);
    expect(id).toMatch(/^1\.2\.3-[0-9a-f]{12}$/);
    expect(versionId('1.2.3', readFileSync(join(home, 'manifest.json'), 'utf8'))).toBe(id);
    expect(versionId('1.2.3', manifestText({ ...manifest, version: '1.2.4' }))).not.toBe(id);
  });

  it('keeps the runtime’s id when the application changes, and changes it with a file or a mode of the runtime', () => {
    const { manifest } = makeBundle(home);
    const { id } = manifest.runtime;
    writeFileSync(join(home, 'app/sluice.cjs'), '// another\n');
    expect(runtimeId(listFiles(home))).toBe(id);
    const changed = listFiles(home).map((file) =>
      file.path === 'runtime/node' ? { ...file, mode: '644' } : file,
    );
    expect(runtimeId(changed)).not.toBe(id);
    writeFileSync(join(home, 'runtime/node'), 'changed');
    expect(runtimeId(listFiles(home))).not.toBe(id);
  });

  it('refuses links, which no digest stands for', () => {
    makeBundle(home);
    symlinkSync('sluice.cjs', join(home, 'app/link'));
    expect(() => listFiles(home)).toThrow(/app\/link is neither a file nor a directory/);
  });
});
