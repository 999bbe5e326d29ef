import { describe, expect, it } from 'vitest';
import type { VolumeStatus } from '@sluice/control';
import { healthyReport } from './probe-report.fixture.ts';
import { volumeFinding } from './volume-finding.ts';

const volume = (proven: boolean): VolumeStatus =>
  ({ name: 'photos', state: 'serving', passthrough: { proven, dialect: 'mainline' } }) as VolumeStatus;

describe('a volume that is served', () => {
  it('is fine where what its daemon found still holds', () => {
    expect(volumeFinding(volume(true), healthyReport(), true)).toMatchObject({
      verdict: 'ok',
      seen: 'serving; at its start mainline, proven, now mainline, proven',
    });
  });

  it('is to be added again where passthrough works now and did not at its start', () => {
    expect(volumeFinding(volume(false), healthyReport(), undefined)).toMatchObject({
      verdict: 'limited',
      remedy: expect.stringContaining('add it again'),
    });
  });

  it('may be another one than was looked at where its daemon has mounts of its own', () => {
    expect(volumeFinding(volume(true), healthyReport(), false)).toMatchObject({
      verdict: 'limited',
      remedy: expect.stringContaining('nsenter'),
    });
  });
});
