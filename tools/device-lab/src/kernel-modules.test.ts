import { describe, expect, it } from 'vitest';
import { dependenciesOf, moduleName, modulesInOrder } from './kernel-modules.ts';
import type { ModuleSource } from './kernel-modules.ts';

function module(depends: string): Buffer {
  return Buffer.from(`\x7fELF…\0license=GPL\0depends=${depends}\0name=x\0`);
}

function source(modules: Record<string, string>, builtIn: readonly string[] = []): ModuleSource {
  return {
    isBuiltIn: (name) => builtIn.includes(name),
    read: (name) => {
      const depends = modules[name];
      return Promise.resolve(depends === undefined ? undefined : module(depends));
    },
  };
}

describe('modules of a machine', () => {
  it('come after what they need, each once', async () => {
    const files = await modulesInOrder(
      ['virtio_blk', 'virtio_pci'],
      source({ virtio_blk: 'virtio,virtio_ring', virtio_pci: 'virtio', virtio_ring: 'virtio', virtio: '' }),
    );
    expect(files.map(({ name }) => name)).toEqual(['virtio', 'virtio_ring', 'virtio_blk', 'virtio_pci']);
  });

  it('are left out where the kernel has them built in', async () => {
    const files = await modulesInOrder(['fuse', 'loop'], source({ loop: '' }, ['fuse']));
    expect(files.map(({ name }) => name)).toEqual(['loop']);
  });

  it('are refused by name where the kernel has none', async () => {
    await expect(modulesInOrder(['missing'], source({}))).rejects.toThrow('no module missing');
  });

  it('have one name, with - or _, compressed or not', () => {
    expect(moduleName('kernel/drivers/block/virtio-blk.ko.xz')).toBe('virtio_blk');
    expect(moduleName('fuse.ko')).toBe('fuse');
  });

  it('need what their information says, or nothing', () => {
    expect(dependenciesOf(module('virtio-ring,virtio'))).toEqual(['virtio_ring', 'virtio']);
    expect(dependenciesOf(module(''))).toEqual([]);
    expect(dependenciesOf(Buffer.from('nothing'))).toEqual([]);
  });
});
