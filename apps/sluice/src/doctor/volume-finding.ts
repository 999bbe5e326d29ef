/** A volume that is served: what its daemon found when it started it, against what was found now. */
import type { VolumeStatus } from '@sluice/control';
import type { ProbeReport } from '@sluice/session';
import { finding } from './finding.ts';
import type { Finding } from './finding.ts';

/** `sameNamespace`: the daemon's mounts are those that the probe saw; undefined where that cannot be told. */
export function volumeFinding(
  { name, state, passthrough }: VolumeStatus,
  { trial }: ProbeReport,
  sameNamespace: boolean | undefined,
): Finding {
  const [id, subject] = ['volume', `volume ${name}`];
  const words = (proven: boolean, dialect: string): string => (proven ? `${dialect}, proven` : 'not proven');
  const atStart = words(passthrough.proven, passthrough.dialect);
  const now = words(trial.proven, trial.dialect);
  const seen = `${state}; at its start ${atStart}, now ${now}`;
  if (sameNamespace === false)
    return finding(id, subject, 'limited', {
      seen: `${seen}; the daemon has mounts of its own`,
      follows: 'the two may not have seen the same source',
      remedy: 'run this in the daemon’s mount namespace (nsenter -m -t PID)',
    });
  if (atStart === now)
    return finding(id, subject, 'ok', { seen, follows: 'what the volume was started with still holds' });
  return finding(id, subject, 'limited', {
    seen,
    follows: 'the volume goes on with what was found at its start',
    remedy: 'remove the volume and add it again: it is tried anew then',
  });
}
