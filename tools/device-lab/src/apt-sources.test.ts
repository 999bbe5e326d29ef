import { describe, expect, it } from 'vitest';
import { choosePackage, compareVersions, sourceLines } from './apt-sources.ts';

const TARGETS = `http://one.test/debian/ bookworm
http://one.test/debian/ bookworm
http://one.test/debian/ bookworm-updates
http://two.test/security/ bookworm-security
https://three.test/apt tools-bookworm
https://four.test/node nodistro
`;

describe('the lab’s apt sources', () => {
  it('are the system’s suites of its release, and backports beside the release itself', () => {
    expect(sourceLines(TARGETS, 'bookworm', '/keys.gpg')).toEqual([
      'deb [signed-by=/keys.gpg] http://one.test/debian/ bookworm main',
      'deb [signed-by=/keys.gpg] http://one.test/debian/ bookworm-updates main',
      'deb [signed-by=/keys.gpg] http://two.test/security/ bookworm-security main',
      'deb [signed-by=/keys.gpg] http://one.test/debian/ bookworm-backports main',
    ]);
  });

  it('leave the keys to apt where the keyring is not there', () => {
    expect(sourceLines('http://one.test/ bookworm\n', 'bookworm')).toEqual([
      'deb http://one.test/ bookworm main',
      'deb http://one.test/ bookworm-backports main',
    ]);
  });

  it('are none where the system has another release, or nothing', () => {
    expect(sourceLines(TARGETS, 'trixie')).toEqual([]);
    expect(sourceLines('', 'bookworm')).toEqual([]);
  });
});

describe('choosing a kernel package', () => {
  const SERIES = /^linux-image-6\.1\.0-\d+-cloud-amd64$/;
  const NAMES = [
    'linux-image-6.1.0-9-cloud-amd64',
    'linux-image-6.1.0-56-cloud-amd64',
    'linux-image-6.1.0-57-cloud-amd64-unsigned',
    'linux-image-6.1.0-57-amd64',
  ];

  it('takes the pin if it can be had', () => {
    expect(choosePackage(NAMES[0] ?? '', SERIES, NAMES)).toBe(NAMES[0]);
  });

  it('takes the newest of the series otherwise, by number and not by letter', () => {
    expect(choosePackage('linux-image-6.1.0-40-cloud-amd64', SERIES, NAMES)).toBe(NAMES[1]);
    expect(compareVersions('6.1.0-9', '6.1.0-56')).toBeLessThan(0);
  });

  it('takes nothing of another series', () => {
    expect(choosePackage('gone', /^linux-image-6\.12/, NAMES)).toBeUndefined();
  });
});
