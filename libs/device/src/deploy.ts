/** A deployment: what has to be true first, the files, the change of version, the tidying up. */
import { change, repair, writeFile, type Repair } from './change.ts';
import type { Bundle } from './bundle.ts';
import { configText, volumeWish, type VolumeWish } from './configuration.ts';
import { readFacts, requireRunnable } from './facts.ts';
import { leaving } from './failure.ts';
import { readInstalled, type Installed } from './installed.ts';
import { BASE } from './layout.ts';
import { prune } from './remove.ts';
import type { RootShell } from './root-shell.ts';
import { stage, type OnProgress, type Staged } from './staging.ts';

/** Not in the change's directory, which is removed and made again: an undo may need it. */
const POLICY_FILE = `${BASE}/policy.yaml`;

export type Phase = 'checking' | 'sending' | 'starting' | 'tidying';

export interface DeployOptions {
  bundle: Bundle;
  /** Makes a new configuration with this volume. Without it the one on the device stays; where there is none, the usual. */
  volume?: Partial<VolumeWish>;
  /** A preset's name, or a policy's text. */
  policy?: { text: string; isPreset: boolean };
  onPhase?: (phase: Phase) => void;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

export interface Deployed {
  id: string;
  /** The version in use before; undefined: none was. */
  before: string | undefined;
  staged: Staged;
  /** A change that was cut off before this one, and what became of it. */
  repaired: Repair;
  /** False: this very version ran already, with this configuration. */
  changed: boolean;
  /** The policy is in force already; otherwise it is for the control API to apply. */
  policyInForce: boolean;
}

/** @throws DeviceFailure that says in what state the device is. */
export async function deploy(root: RootShell, options: DeployOptions): Promise<Deployed> {
  const { bundle, policy, onPhase = () => undefined, onProgress = () => undefined, signal } = options;
  const { id, cpu } = bundle.manifest;
  onPhase('checking');
  const facts = await readFacts(root);
  requireRunnable(facts, cpu);
  const repaired = await repair(root);
  const installed = await readInstalled(root);
  const config =
    options.volume !== undefined || !installed.hasConfig ? volumeWish(options.volume ?? {}) : undefined;
  onPhase('sending');
  const staged = await leaving('as-before', () =>
    stage(root, bundle, installed, facts.data.freeBytes, onProgress),
  );
  const changed = config !== undefined || installed.current !== id || installed.pid === undefined;
  if (changed) {
    onPhase('starting');
    const policyName =
      config === undefined ? undefined : await policyFor(root, config, policy, !installed.hasConfig);
    await change(
      root,
      config === undefined
        ? { id }
        : { id, config: { start: configText(config, policyName), settled: configText(config) } },
      signal,
    );
  }
  onPhase('tidying');
  await leaving('as-after', () => prune(root));
  return {
    id,
    before: installed.current,
    staged,
    repaired,
    changed,
    policyInForce: policy === undefined || (changed && config !== undefined),
  };
}

/**
 * A new volume starts with the policy itself, so that no moment is decided by another; then the configuration names none,
 * so that what `sluice policy apply` brings later outlives a restart.
 */
async function policyFor(
  root: RootShell,
  { source }: VolumeWish,
  policy: DeployOptions['policy'],
  isFirst: boolean,
): Promise<string | undefined> {
  if (policy === undefined) return isFirst && source.startsWith('/data/media/') ? 'android-media' : undefined;
  if (policy.isPreset) return policy.text;
  await writeFile(root, POLICY_FILE, policy.text);
  return POLICY_FILE;
}

/** Changes to the version before, which then has this one before it. @throws DeviceFailure if there is none. */
export async function rollBack(
  root: RootShell,
  installed: Installed & { current: string; previous: string },
  signal?: AbortSignal,
): Promise<void> {
  await change(root, { id: installed.previous, formerConfig: true }, signal);
}
