import { beforeEach, describe, expect, it } from 'vitest';
import { S } from '@sluice/sys';
import { ACCESS, ACTION, TYPE, decisionAction, loadPolicy } from '@sluice/policy';
import { HEADER, Lock, POLICY_IMAGE_BYTES, WORKER } from '@sluice/session';
import { ROOT } from './node-table.ts';
import { PolicyStates, switchPolicy, workersBehind, writePolicyImage } from './policy-state.ts';
import { SMALL_GEOMETRY, Tables } from './tables.fixture.ts';

const DEPTH = 60_000;
const tables = new Tables({ ...SMALL_GEOMETRY, nodes: DEPTH + 64, nameBytes: (DEPTH + 64) * 16 });
const { memory, nodes } = tables;
const lock = new Lock(memory, HEADER.tableLock);

function image(text: string): Uint8Array {
  const { image: compiled, diagnostics } = loadPolicy(text);
  if (compiled === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return compiled;
}

function policy(glob: string, action: string): string {
  return JSON.stringify({ version: 1, default: 'cached', rules: [{ match: { path: [glob] }, action }] });
}

function apply(text: string): void {
  writePolicyImage(memory, image(text));
  switchPolicy(memory, lock);
}

let states: PolicyStates;
let nextIno = 10n;

beforeEach(() => {
  tables.reset();
  nextIno = 10n;
  apply(policy('DCIM/**', 'passthrough'));
  states = new PolicyStates(nodes);
});

function child(parent: number, name: string, type: number = S.IFDIR): number {
  const at = tables.create({ ino: nextIno++, type });
  tables.setName(at, parent, name);
  return at;
}

function actionAt(at: number): number {
  const state = states.of(at);
  return decisionAction(states.image.decide(state, 0, TYPE.file, ACCESS.read, 0));
}

describe('the policy’s state of a node', () => {
  it('follows the node’s path', () => {
    const dcim = child(nodes.at(ROOT), 'DCIM');
    const photo = child(child(dcim, 'Camera'), 'a.jpg', S.IFREG);
    const other = child(child(nodes.at(ROOT), 'Music'), 'a.jpg', S.IFREG);
    expect(actionAt(photo)).toBe(ACTION.passthrough);
    expect(actionAt(other)).toBe(ACTION.cached);
    expect(states.of(nodes.at(ROOT))).toBe(states.image.rootState);
  });

  it('is worked out again beneath a directory that moved', () => {
    const dcim = child(nodes.at(ROOT), 'DCIM');
    const album = child(dcim, 'album');
    const photo = child(album, 'a.jpg', S.IFREG);
    expect(actionAt(photo)).toBe(ACTION.passthrough);
    tables.setName(album, nodes.at(ROOT), 'album');
    memory.add(HEADER.pathEpoch, 1);
    expect(actionAt(photo)).toBe(ACTION.cached);
  });

  it('is worked out again for a file under another name, without an epoch', () => {
    const dcim = child(nodes.at(ROOT), 'DCIM');
    const photo = child(dcim, 'a.jpg', S.IFREG);
    expect(actionAt(photo)).toBe(ACTION.passthrough);
    tables.setName(photo, nodes.at(ROOT), 'a.jpg');
    expect(actionAt(photo)).toBe(ACTION.cached);
  });

  it('is a cache: nothing is worked out while the epoch stands', () => {
    const dcim = child(nodes.at(ROOT), 'DCIM');
    const photo = child(child(dcim, 'album'), 'a.jpg', S.IFREG);
    const before = states.of(photo);
    // A directory renamed without an epoch is not noticed: it is the epoch that tells.
    tables.setName(dcim, nodes.at(ROOT), 'elsewhere');
    expect(states.of(photo)).toBe(before);
  });

  it('follows a new policy from the next question on', () => {
    const photo = child(child(nodes.at(ROOT), 'DCIM'), 'a.jpg', S.IFREG);
    expect(actionAt(photo)).toBe(ACTION.passthrough);
    const before = states.epoch;
    apply(policy('DCIM/*.jpg', 'direct'));
    expect(actionAt(photo)).toBe(ACTION.direct);
    expect(states.epoch).toBe(before + 1);
    apply(policy('DCIM/**', 'passthrough'));
    expect(actionAt(photo)).toBe(ACTION.passthrough);
  });

  it('of a file without a name is the root’s', () => {
    const nameless = tables.create({ ino: nextIno++ });
    expect(states.of(nameless)).toBe(states.image.rootState);
  });

  it(`is found beneath ${DEPTH} directories, none of which was asked about before`, () => {
    let at = child(nodes.at(ROOT), 'DCIM');
    for (let depth = 0; depth < DEPTH; depth++) at = child(at, 'd');
    expect(actionAt(at)).toBe(ACTION.passthrough);
  });
});

describe('writing a policy', () => {
  it('leaves the one in force as it is until it is switched', () => {
    const photo = child(child(nodes.at(ROOT), 'DCIM'), 'a.jpg', S.IFREG);
    writePolicyImage(memory, image(policy('**', 'direct')));
    expect(actionAt(photo)).toBe(ACTION.passthrough);
    switchPolicy(memory, lock);
    expect(actionAt(photo)).toBe(ACTION.direct);
  });

  it('refuses an image that is larger than its area', () => {
    expect(() => writePolicyImage(memory, new Uint8Array(POLICY_IMAGE_BYTES + 4))).toThrow(
      `a policy image of ${POLICY_IMAGE_BYTES + 4} bytes: ${POLICY_IMAGE_BYTES} are possible`,
    );
  });
});

describe('workers behind a policy', () => {
  it('are those that are busy under an older one', () => {
    const { control } = memory.slot(0);
    memory.store(control + WORKER.policyEpoch, 3);
    memory.store(control + WORKER.busy, 0);
    expect(workersBehind(memory, 4)).toBe(false);
    memory.store(control + WORKER.busy, 1);
    expect(workersBehind(memory, 4)).toBe(true);
    expect(workersBehind(memory, 3)).toBe(false);
    memory.store(control + WORKER.busy, 0);
  });
});
