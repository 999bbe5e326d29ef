/** The trial as the probe's report tells it: every check with a result and a reason code, the figures with their units. */
import { DATA_CHECKS } from '@sluice/session';
import type { BackingReport, ProbeCheck, ProbeReport, TrialCheck, TrialReport } from '@sluice/session';
import { OPEN_REASON_NAMES, refusalReason } from '@sluice/storage';
import { errnoName } from '@sluice/sys';

/** `backing`: undefined where it was not tried. `scratch`: a directory whose path is left out of sentences: it may lie in somebody's home. */
export function trialSection(
  trial: TrialReport,
  scratch: string,
  backing?: BackingReport,
): ProbeReport['trial'] {
  const { requested, negotiated, proven, reason, dialect, limits, checks, cost, evidence } = trial;
  const clean = (sentence: string): string =>
    sentence.replaceAll(scratch, 'the scratch directory').slice(0, 1024);
  const made = new Map(checks.map((check) => [check.name, check]));
  const names: ProbeCheck['name'][] = made.has('open')
    ? ['mount', 'open', ...DATA_CHECKS]
    : ['mount', ...DATA_CHECKS];
  return {
    requested,
    negotiated,
    proven,
    reason: reason ?? null,
    dialect,
    limits,
    lowerFile: reason === 'no-lower-file' ? 'none' : isInMemory(evidence) ? 'memory' : 'source',
    checks: names.map((name) => {
      const section = checkSection(name, made.get(name), requested);
      return { ...section, detail: clean(section.detail) };
    }),
    cost:
      cost === undefined
        ? null
        : {
            registrationMicroseconds: cost.registration,
            requestMicroseconds: cost.request,
            passthroughMicrosecondsPerMiB: cost.passthroughMiB,
            daemonMicrosecondsPerMiB: cost.daemonMiB,
          },
    evidence: evidence.map(clean),
    backingDirectory:
      backing === undefined
        ? null
        : {
            proven: backing.proven,
            reason: backing.reason ?? null,
            evidence: backing.evidence.map(clean),
          },
  };
}

function isInMemory(evidence: readonly string[]): boolean {
  return evidence.some((sentence) => sentence.startsWith('trial on a file in memory'));
}

function checkSection(
  name: ProbeCheck['name'],
  check: TrialCheck | undefined,
  isOffered: boolean,
): ProbeCheck {
  if (check === undefined || check.skipped === true) {
    const detail = check?.detail ?? 'not tried: a check before it did not get that far';
    return { name, result: 'not-tried', reason: null, errno: null, requests: 0, detail };
  }
  // Without an offer all opens are cached ones: nothing stands beside anything.
  if (name === 'beside-cached' && !isOffered) {
    const detail = 'not tried: the kernel offers no passthrough';
    return { name, result: 'not-tried', reason: null, errno: null, requests: 0, detail };
  }
  const { ok, detail, requests } = check;
  const errno = check.errno === undefined ? null : errnoName(check.errno);
  const reason = reasonOf(name, check, isOffered);
  const isLivedWith = name === 'beside-cached' || (ok && (name === 'mmap' || name === 'direct') && isOffered);
  const result = reason === null ? 'passed' : isLivedWith ? 'limited' : 'failed';
  return { name, result, reason, errno, requests, detail };
}

function reasonOf(
  name: ProbeCheck['name'],
  { ok, errno, requests }: TrialCheck,
  isOffered: boolean,
): ProbeCheck['reason'] {
  if (name === 'mount') return ok ? null : 'mount-refused';
  if (name === 'beside-cached') return ok ? null : 'unexpected';
  // Bytes that the page cache had need no request, and yet came from the daemon.
  if (ok) return isOffered && requests === 0 ? null : 'served-by-daemon';
  if (errno === undefined) return 'wrong-bytes';
  // Without an offer nothing was registered that could be refused.
  const reason = isOffered ? OPEN_REASON_NAMES[refusalReason(-errno)] : 'refused';
  return (reason ?? 'registration-failed') as ProbeCheck['reason'];
}
