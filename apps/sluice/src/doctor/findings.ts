/** From the report of a probe to all that is to be said of it. */
import type { ProbeReport } from '@sluice/session';
import type { Finding } from './finding.ts';
import { kernelFindings } from './kernel-findings.ts';
import { passthroughFindings } from './passthrough-findings.ts';
import { privilegeFindings } from './privilege-findings.ts';
import { sourceFindings } from './source-findings.ts';

export function findingsOf(report: ProbeReport): Finding[] {
  return [
    ...kernelFindings(report),
    ...passthroughFindings(report),
    ...privilegeFindings(report),
    ...sourceFindings(report),
  ];
}

/** Without these no volume is served at all. */
const ESSENTIAL = new Set(['fuse-device', 'mount', 'protocol']);

export function canServe(findings: readonly Finding[]): boolean {
  return !findings.some(({ id, verdict }) => verdict === 'missing' && ESSENTIAL.has(id));
}
