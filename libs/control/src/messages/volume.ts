import type { PassthroughStatus, TreeStatus, VolumeSpec, VolumeState, VolumeStatus } from '../backend.ts';
import { sluice } from '../generated/messages.js';
import { storageFromMessage, storageToMessage } from './storage-options.ts';
import { numberFromWire, wire32, wire64 } from '../numbers.ts';

type VolumeMessage = sluice.v1.Volume.$Properties;
type PassthroughMessage = sluice.v1.Passthrough.$Properties;

const WireState = sluice.v1.VolumeState;

const STATE_TO_WIRE: Readonly<Record<VolumeState, sluice.v1.VolumeState>> = {
  starting: WireState.VOLUME_STATE_STARTING,
  serving: WireState.VOLUME_STATE_SERVING,
  stopping: WireState.VOLUME_STATE_STOPPING,
  failed: WireState.VOLUME_STATE_FAILED,
};

const WireTree = sluice.v1.TreeState;

const TREE_STATE_TO_WIRE: Readonly<Record<TreeStatus['state'], sluice.v1.TreeState>> = {
  bound: WireTree.TREE_STATE_BOUND,
  served: WireTree.TREE_STATE_SERVED,
};

const TREE_STATES = Object.keys(TREE_STATE_TO_WIRE) as TreeStatus['state'][];

const STATES = Object.keys(STATE_TO_WIRE) as VolumeState[];

export function specToMessage(spec: VolumeSpec): sluice.v1.AddVolumeRequest.$Properties {
  return {
    name: spec.name,
    source: spec.source,
    mountPoint: spec.mountPoint,
    policy: spec.policy,
    timeoutSeconds: spec.timeoutSeconds,
    workers: wire32('workers', spec.workers),
    storage: storageToMessage(spec.storage),
  };
}

export function volumeToMessage(volume: VolumeStatus): VolumeMessage {
  const { passthrough } = volume;
  return {
    name: volume.name,
    source: volume.source,
    mountPoint: volume.mountPoint,
    state: STATE_TO_WIRE[volume.state],
    failure: volume.failure,
    policy: volume.policy,
    policyVersion: wire32('policy_version', volume.policyVersion),
    timeoutSeconds: volume.timeoutSeconds,
    workers: wire32('workers', volume.workers),
    pid: wire32('pid', volume.pid),
    nodes: wire64('nodes', volume.nodes),
    reopenBy: volume.reopenBy,
    passthrough: {
      requested: passthrough.requested,
      negotiated: passthrough.negotiated,
      proven: passthrough.proven,
      dialect: passthrough.dialect,
      evidence: [...passthrough.evidence],
    },
    storage: storageToMessage(volume.storage),
    warnings: [...volume.warnings],
    trees: volume.trees.map((tree) => ({ ...tree, state: TREE_STATE_TO_WIRE[tree.state] })),
  };
}

/** @throws RangeError if a number or the state is not one this client knows. */
export function volumeFromMessage(message: VolumeMessage): VolumeStatus {
  const state = STATES.find((name) => STATE_TO_WIRE[name] === message.state);
  if (state === undefined) throw new RangeError(`state: ${message.state} is not a state this client knows`);
  return {
    name: message.name ?? '',
    source: message.source ?? '',
    mountPoint: message.mountPoint ?? '',
    state,
    failure: message.failure ?? '',
    policy: message.policy ?? '',
    policyVersion: message.policyVersion ?? 0,
    timeoutSeconds: message.timeoutSeconds ?? 0,
    workers: message.workers ?? 0,
    pid: message.pid ?? 0,
    nodes: numberFromWire('nodes', message.nodes),
    reopenBy: message.reopenBy ?? '',
    passthrough: passthroughFromMessage(message.passthrough ?? {}),
    storage: storageFromMessage(message.storage),
    warnings: message.warnings ?? [],
    trees: (message.trees ?? []).map(treeFromMessage),
  };
}

function treeFromMessage({ path, state, because }: sluice.v1.Tree.$Properties): TreeStatus {
  const known = TREE_STATES.find((name) => TREE_STATE_TO_WIRE[name] === state);
  if (known === undefined) throw new RangeError(`trees.state: ${state} is not a state this client knows`);
  return { path: path ?? '', state: known, because: because ?? '' };
}

function passthroughFromMessage(message: PassthroughMessage): PassthroughStatus {
  return {
    requested: message.requested ?? false,
    negotiated: message.negotiated ?? false,
    proven: message.proven ?? false,
    dialect: message.dialect ?? '',
    evidence: message.evidence ?? [],
  };
}
