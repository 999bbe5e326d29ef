/** Which policy a volume starts with, and what is wrong if it is not the one it should be. */
import { ControlError } from '@sluice/control';
import type { CompileContext } from '@sluice/policy';
import { compile } from './policy-loading.ts';
import type { LoadedPolicy } from './policy-loading.ts';
import { digestOf } from './policy-store.ts';
import type { PolicyStore, StoredVersion } from './policy-store.ts';

export const DEFAULT_POLICY = 'big-files';

export interface InitialPolicy {
  loaded: LoadedPolicy;
  stored: StoredVersion;
  /** It is stored already, and in force there. */
  isStored: boolean;
  /** For people, who have to do something about them. */
  troubles: string[];
}

export interface StartOptions {
  /** A policy's text or a preset's name; empty: none was asked for. */
  wanted: string;
  wantedName: string;
  /** Where the one wanted is broken, go on with the last good one instead of refusing. */
  fallBack: boolean;
  context: CompileContext;
}

/** Throws a {@link ControlError} if the policy asked for is broken and there is none to go on with. */
export function initialPolicy(store: PolicyStore, options: StartOptions): InitialPolicy {
  const { wanted, wantedName, fallBack, context } = options;
  store.discardUncommitted();
  const troubles: string[] = [];
  if (wanted !== '') {
    try {
      const loaded = compile(wanted, wantedName, context);
      const known = store.read(store.current() ?? 0);
      if (known !== undefined && !('because' in known) && known.text === loaded.text)
        return { loaded, stored: known, isStored: true, troubles };
      return { loaded, stored: firstVersion(store, loaded), isStored: false, troubles };
    } catch (error) {
      const last = fallBack ? lastGood(store, context, troubles) : undefined;
      if (last === undefined) throw error;
      const told = error instanceof ControlError ? error.message : String(error);
      troubles.unshift(
        `${told}; policy version ${last.stored.version}, the last good one, is in force instead`,
      );
      return last;
    }
  }
  const last = lastGood(store, context, troubles);
  if (last !== undefined) return last;
  const loaded = compile(DEFAULT_POLICY, DEFAULT_POLICY, context);
  if (troubles.length > 0)
    troubles.push(`no stored policy can be used: ${DEFAULT_POLICY} is in force instead`);
  return { loaded, stored: firstVersion(store, loaded), isStored: false, troubles };
}

/** The version in force before, or the newest before that one which can be used. */
function lastGood(
  store: PolicyStore,
  context: CompileContext,
  troubles: string[],
): InitialPolicy | undefined {
  const versions = store.versions();
  const current = store.current();
  if (current === undefined && versions.length > 0) {
    troubles.push('the note of which policy version is in force is damaged: the newest is taken');
  }
  if (current !== undefined && !versions.includes(current)) {
    troubles.push(`policy version ${current}, which was in force, is gone`);
  }
  const before = troubles.length;
  for (const version of versions) {
    const stored = store.read(version);
    if (stored === undefined) continue;
    if ('because' in stored) {
      troubles.push(`policy version ${version} is damaged: ${stored.because}`);
      continue;
    }
    try {
      const loaded = compile(stored.text, stored.name, context);
      if (troubles.length > before || version !== (current ?? version)) {
        troubles.push(`policy version ${version} (${stored.name}), the last good one, is in force instead`);
      }
      return { loaded, stored, isStored: true, troubles };
    } catch (error) {
      const told = error instanceof ControlError ? error.message : String(error);
      troubles.push(`policy version ${version} is no longer valid: ${told}`);
    }
  }
  return undefined;
}

function firstVersion(store: PolicyStore, loaded: LoadedPolicy): StoredVersion {
  return {
    version: (store.versions()[0] ?? 0) + 1,
    name: loaded.name,
    appliedAtMs: Date.now(),
    appliedBy: { uid: 0, pid: 0, program: 'sluiced' },
    why: '',
    digest: digestOf(loaded.text),
    rollbackOf: 0,
    text: loaded.text,
  };
}
