/** What libfuse is told when it mounts. It knows one timeout for all names and one for all attributes. */
import { ACTION, REASON, packDecision } from '@sluice/policy';
import type { PolicyImage } from '@sluice/policy';
import type { FuseNativeOptions } from './package.ts';

export interface MountTimeouts {
  entryMs: number;
  attributeMs: number;
}

/** The shortest that the volume, the policy's defaults or any of its rules give. `volumeMs`: the volume's own. */
export function mountTimeouts(image: PolicyImage, volumeMs: number): MountTimeouts {
  let entryMs = volumeMs;
  let attributeMs = volumeMs;
  for (let rule = 0; rule <= image.ruleCount; rule++) {
    const decision = packDecision(ACTION.cached, REASON.rule, rule);
    const entry = image.entryTimeoutMs(decision);
    const attribute = image.attributeTimeoutMs(decision);
    if (entry >= 0) entryMs = Math.min(entryMs, entry);
    if (attribute >= 0) attributeMs = Math.min(attributeMs, attribute);
  }
  return { entryMs, attributeMs };
}

export function mountOptions(
  name: string,
  { entryMs, attributeMs }: MountTimeouts,
  { suid, dev }: { suid: boolean; dev: boolean },
): FuseNativeOptions {
  // The package knows no option for these, and leaves out a timeout of 0: they travel behind the name.
  const more = [
    'big_writes',
    'use_ino',
    `entry_timeout=${entryMs / 1000}`,
    `attr_timeout=${attributeMs / 1000}`,
    'negative_timeout=0',
    ...(suid ? ['suid'] : []),
    ...(dev ? ['dev'] : []),
  ];
  return {
    allowOther: true,
    defaultPermissions: true,
    fsname: [name, ...more].join(','),
    subtype: 'sluice',
    timeout: false,
  };
}
