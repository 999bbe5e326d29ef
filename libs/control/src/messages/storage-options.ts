import type { StorageOptions } from '../backend.ts';
import { sluice } from '../generated/messages.js';
import { wire32 } from '../numbers.ts';

const { Engine, Ownership } = sluice.v1;

type StorageMessage = sluice.v1.StorageOptions.$Properties;

export function storageToMessage(storage: StorageOptions): StorageMessage {
  return {
    engine: storage.engine === 'fuse-native' ? Engine.ENGINE_FUSE_NATIVE : Engine.ENGINE_SESSION,
    localLocks: storage.locks === 'local',
    noAcl: !storage.acl,
    idmap: storage.idmap,
    suid: storage.suid,
    dev: storage.dev,
    cachedDescriptors: wire32('cached_descriptors', storage.cachedDescriptors),
    ownership: storage.ownership === 'android' ? Ownership.OWNERSHIP_ANDROID : Ownership.OWNERSHIP_PRESERVE,
  };
}

/** An absent message is one of defaults. */
export function storageFromMessage(message: StorageMessage | null | undefined): StorageOptions {
  return {
    engine: message?.engine === Engine.ENGINE_FUSE_NATIVE ? 'fuse-native' : 'session',
    locks: message?.localLocks === true ? 'local' : 'lower',
    acl: message?.noAcl !== true,
    idmap: message?.idmap === true,
    suid: message?.suid === true,
    dev: message?.dev === true,
    cachedDescriptors: message?.cachedDescriptors ?? 0,
    ownership: message?.ownership === Ownership.OWNERSHIP_ANDROID ? 'android' : 'preserve',
  };
}
